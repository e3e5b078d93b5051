using System.Text.Json.Serialization;

namespace FineTune.Simulator.State;

/// <summary>Compiled serialisation of the store's documents.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalEntry[]))]
internal sealed partial class StateJsonContext : JsonSerializerContext;

/// <summary>One change: the document's new content, or none if it is removed.</summary>
internal sealed record JournalEntry(string Key, StoredRecord? Value);
