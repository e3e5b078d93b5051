namespace FineTune.Simulator.Http;

/// <summary>Which of Azure ML's services a route belongs to: they differ in authentication and in the shape of errors.</summary>
internal enum ServicePlane
{
    /// <summary>Azure Resource Manager: bearer token and api-version.</summary>
    ResourceManager,

    /// <summary>Registry, run history: bearer token, data-plane errors.</summary>
    DataPlane,

    /// <summary>MLflow: bearer token, MLflow's errors.</summary>
    Mlflow,

    /// <summary>Scoring: the endpoint's own key or token, checked by the handler.</summary>
    Scoring,

    /// <summary>Open to everybody.</summary>
    Open,
}
