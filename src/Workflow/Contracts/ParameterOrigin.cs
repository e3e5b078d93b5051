namespace FineTune.Workflow.Contracts;

/// <summary>Who set a parameter; later ones win.</summary>
public enum ParameterOrigin
{
    /// <summary>A default of the notebook that this product replaces.</summary>
    Notebook,

    /// <summary>The base model's tag <c>model_specific_defaults</c>.</summary>
    Model,

    /// <summary>The run's request.</summary>
    Request,
}
