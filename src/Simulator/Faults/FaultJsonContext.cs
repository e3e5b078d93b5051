using System.Text.Json.Serialization;

namespace FineTune.Simulator.Faults;

/// <summary>Compiled serialisation of fault plans.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(FaultPlan))]
internal sealed partial class FaultJsonContext : JsonSerializerContext;
