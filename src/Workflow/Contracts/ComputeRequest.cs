using System.Text.Json.Serialization;

namespace FineTune.Workflow.Contracts;

/// <summary>The GPU cluster: used when it exists, created when it does not.</summary>
public sealed record ComputeRequest
{
    /// <summary>The cluster's name: 2 to 16 letters, digits or dashes, as Azure ML demands. Default: the notebook's.</summary>
    public string Name { get; init; } = "gpu-cluster-big";

    /// <summary>The VM size when it must be created. The notebook's Standard_ND40rs_v2 is on no model's allow-list any more.</summary>
    public string Size { get; init; } = "Standard_NC24ads_A100_v4";

    /// <summary>Nodes at most when it must be created, 1 to 100. It scales down to 0.</summary>
    public int MaxNodes { get; init; } = 2;

    /// <summary>
    /// Whether a low-priority cluster may be created when dedicated cores are refused. Default false: a preempted job fails,
    /// it is not restarted, whatever the notebook's silent fall-back hopes.
    /// </summary>
    public bool AllowLowPriority { get; init; }

    /// <summary>How long a node idles before it is released. ISO 8601.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan IdleTimeBeforeScaleDown { get; init; } = TimeSpan.FromMinutes(2);
}
