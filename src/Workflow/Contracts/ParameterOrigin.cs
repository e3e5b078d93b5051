namespace FineTune.Workflow.Contracts;

/// <summary>Who set a parameter. Later ones win over earlier ones.</summary>
public enum ParameterOrigin
{
    /// <summary>The notebook's own default.</summary>
    Notebook,

    /// <summary>The base model's tag <c>model_specific_defaults</c>.</summary>
    Model,

    /// <summary>The run's request.</summary>
    Request,
}
