using System.Text.Json.Nodes;

namespace FineTune.Simulator.Registry;

/// <summary>One version of a model or component of the system registry.</summary>
/// <param name="Collection"><c>models</c> or <c>components</c>.</param>
/// <param name="Name">Name of the asset.</param>
/// <param name="Version">Its version.</param>
/// <param name="CreatedAt">When it was published; <c>latest</c> is the youngest, not the highest.</param>
/// <param name="IsArchived">Whether lists leave it out unless asked.</param>
/// <param name="Properties">The kind's own properties.</param>
internal sealed record RegistryEntry(string Collection, string Name, string Version, DateTimeOffset CreatedAt, bool IsArchived, JsonObject Properties)
{
    public string Id(string registry) => $"azureml://registries/{registry}/{Collection}/{Name}/versions/{Version}";
}
