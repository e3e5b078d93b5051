using System.Text.Json.Serialization;

namespace FineTune.Workflow.Contracts;

/// <summary>Serve longer.</summary>
/// <param name="Duration">By how much, from the present expiry; above 0 and up to 30 days. ISO 8601.</param>
/// <param name="By">Who.</param>
public sealed record ExtendCommand(
    [property: JsonConverter(typeof(IsoDurationConverter))] TimeSpan Duration, string? By);
