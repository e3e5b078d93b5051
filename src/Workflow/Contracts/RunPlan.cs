namespace FineTune.Workflow.Contracts;

/// <summary>Everything that is decided before anything is created. Made by reads only.</summary>
public sealed record RunPlan
{
    /// <summary>The base model's asset id.</summary>
    public required string BaseModelId { get; init; }

    /// <summary>The component's asset id.</summary>
    public required string ComponentId { get; init; }

    /// <summary>The component's literal inputs, merged and coerced.</summary>
    public required IReadOnlyList<PipelineParameter> Parameters { get; init; }

    /// <summary>The names of the component's inputs that this run fills with assets or compute names, where the component has them.</summary>
    public required IReadOnlyList<string> ComponentInputs { get; init; }

    /// <summary>Whether the cluster is there already.</summary>
    public required bool ClusterExists { get; init; }

    /// <summary>The VM size that will train: the existing cluster's own, or the requested one.</summary>
    public required string VmSize { get; init; }

    /// <summary>GPUs on each node of that size.</summary>
    public required int GpusPerNode { get; init; }

    /// <summary>The job's display name, as the notebook composes it.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The experiment's name.</summary>
    public required string ExperimentName { get; init; }

    /// <summary>The job's name.</summary>
    public required string JobName { get; init; }

    /// <summary>The name that the tuned model is registered under.</summary>
    public required string ModelName { get; init; }

    /// <summary>Its version: the time of the run's start in seconds since 1970, as in the notebook, but fixed for the run and followed by the run id's last four characters.</summary>
    public required string ModelVersion { get; init; }

    /// <summary>The endpoint's name.</summary>
    public required string EndpointName { get; init; }

    /// <summary>The dataset's name in other names.</summary>
    public required string DatasetName { get; init; }

    /// <summary>What a person should know and what stops nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
