using System.Text.Json.Serialization;

namespace FineTune.Workflow.Contracts;

/// <summary>Whether a person decides between the metrics and the registration.</summary>
public sealed record ApprovalRequest
{
    /// <summary>Whether to wait for a person. Default false.</summary>
    public bool Required { get; init; }

    /// <summary>How long to wait; without an answer the run is canceled. ISO 8601.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromDays(3);
}
