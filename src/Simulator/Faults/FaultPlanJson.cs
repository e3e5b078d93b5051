using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTune.Simulator.Faults;

/// <summary>How fault plans are written as JSON. By reflection: compiled serialisation would forget the defaults of what a rule leaves out.</summary>
internal static class FaultPlanJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };
}
