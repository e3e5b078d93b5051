using System.Text.Json.Serialization;

namespace FineTune.Simulator.State;

/// <summary>The change that a resource is in, or was in last.</summary>
/// <param name="Verb">State while it goes on: <c>Creating</c>, <c>Updating</c> or <c>Deleting</c>.</param>
/// <param name="StartedAt">When it was accepted.</param>
/// <param name="EndsAt">When it is over; none if it is stuck for ever.</param>
/// <param name="Error">Why it fails, if it does.</param>
/// <param name="OperationId">The operation that a client polls.</param>
internal sealed record Provisioning(string Verb, DateTimeOffset StartedAt, DateTimeOffset? EndsAt, StoredError? Error, string OperationId)
{
    public const string Creating = "Creating";
    public const string Updating = "Updating";
    public const string Deleting = "Deleting";

    [JsonIgnore]
    public bool IsDeletion => Verb == Deleting;

    public bool IsBusy(DateTimeOffset now) => EndsAt is not { } end || now < end;

    public bool IsGone(DateTimeOffset now) => IsDeletion && Error is null && !IsBusy(now);

    /// <summary>The word of <c>properties.provisioningState</c>.</summary>
    public string State(DateTimeOffset now) => IsBusy(now) ? Verb : Error is null ? "Succeeded" : "Failed";
}
