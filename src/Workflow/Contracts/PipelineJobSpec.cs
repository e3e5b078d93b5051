namespace FineTune.Workflow.Contracts;

/// <summary>Everything that the body of the job's PUT is made of (contract, section 4.2).</summary>
public sealed record PipelineJobSpec
{
    /// <summary>The job's name, made from the run id: the idempotency key.</summary>
    public required string Name { get; init; }

    /// <summary>What the studio shows.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The experiment it runs under.</summary>
    public required string ExperimentName { get; init; }

    /// <summary>The component's asset id.</summary>
    public required string ComponentId { get; init; }

    /// <summary>Asset inputs by name.</summary>
    public required IReadOnlyDictionary<string, JobAssetInput> AssetInputs { get; init; }

    /// <summary>Literal inputs by name; every value is already the text that the component takes.</summary>
    public required IReadOnlyDictionary<string, string> LiteralInputs { get; init; }

    /// <summary>Tags on the job.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}
