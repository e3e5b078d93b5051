using System.Text.Json.Serialization;

namespace FineTune.Workflow.Contracts;

/// <summary>How the tuned model is served.</summary>
public sealed record DeploymentRequest
{
    /// <summary>The deployment's name. Default: the notebook's.</summary>
    public string Name { get; init; } = "demo";

    /// <summary>VM size of each instance. The notebook's Standard_NC4as_T4_v3 and Standard_NC6s_v3 are off the models' allow-lists by now.</summary>
    public string InstanceType { get; init; } = "Standard_NC24ads_A100_v4";

    /// <summary>Instances, 1 to 50.</summary>
    public int InstanceCount { get; init; } = 1;

    /// <summary>Whether an instance type that the model's allow-list lacks is tried all the same. The notebook only printed a line.</summary>
    public bool AllowUnlistedInstanceType { get; init; }

    /// <summary>How long after the container's start the first liveness probe comes. Notebook: 600 s.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan LivenessInitialDelay { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>How long one scoring request may take, above 0 and up to the service's 180 s. Notebook: 90 s.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(90);
}
