using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FineTune.Simulator.Http;

namespace FineTune.Simulator.Registry;

/// <summary>The system registry <c>azureml</c>: base models and the fine-tuning component.</summary>
internal sealed partial class SystemRegistry
{
    public const string Name = "azureml";
    public const string Models = "models";
    public const string Components = "components";
    public const string ComponentName = "chat_completion_pipeline";

    private readonly List<RegistryEntry> _entries = [];

    public SystemRegistry()
    {
        foreach (JsonObject model in Resource("models.json").AsArray().OfType<JsonObject>())
        {
            JsonObject properties = new()
            {
                ["description"] = model.Text("description"),
                ["tags"] = model.CopyOf("tags"),
                ["properties"] = model.CopyOf("properties"),
                ["isArchived"] = model.Boolean("isArchived") ?? false,
                ["isAnonymous"] = false,
                ["flavors"] = new JsonObject { ["python_function"] = new JsonObject { ["data"] = new JsonObject() } },
                ["modelType"] = "mlflow_model",
            };
            string name = model.RequiredText("name");
            string version = model.RequiredText("version");
            properties["modelUri"] = $"https://simulatedregistry.blob.core.windows.net/azureml/{name}/{version}/mlflow_model_folder";
            _entries.Add(new RegistryEntry(
                Models,
                name,
                version,
                DateTimeOffset.Parse(model.RequiredText("createdAt"), CultureInfo.InvariantCulture),
                model.Boolean("isArchived") ?? false,
                properties));
        }

        JsonObject component = Resource("chat_completion_pipeline.json").AsObject();
        Inputs = component.Object("inputs")!.ToDictionary(input => input.Key, input => Input(input.Key, input.Value!.AsObject()), StringComparer.Ordinal);
        Outputs = component.Object("outputs")!.ToDictionary(output => output.Key, output => output.Value!.AsObject().RequiredText("type"), StringComparer.Ordinal);
        Steps = component.Object("jobs")!.ToDictionary(step => step.Key, step => step.Value!.AsObject().RequiredText("component"), StringComparer.Ordinal);
        foreach (JsonObject step in component.Object("jobs")!.Select(step => step.Value).OfType<JsonObject>())
        {
            // The file has them as an author writes them, the service answers them as it takes them.
            string[] name = step.RequiredText("component").Split(':');
            step.Remove("component");
            step["componentId"] = $"azureml://registries/{Name}/{Components}/{name[1]}/versions/{name[2]}";
            step["computeId"] = step.CopyOf("compute");
            step.Remove("compute");
        }

        _entries.Add(new RegistryEntry(
            Components,
            ComponentName,
            component.RequiredText("version"),
            new DateTimeOffset(2026, 7, 9, 6, 20, 0, TimeSpan.Zero),
            IsArchived: false,
            new JsonObject
            {
                ["description"] = "Fine-tunes a pretrained language model for chat completion.",
                ["tags"] = new JsonObject(),
                ["properties"] = new JsonObject(),
                ["isArchived"] = false,
                ["isAnonymous"] = false,
                ["componentSpec"] = component,
            }));
    }

    /// <summary>The component's inputs.</summary>
    public IReadOnlyDictionary<string, ComponentInput> Inputs { get; }

    /// <summary>The component's outputs and their types.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; }

    /// <summary>The component's steps and the component of each.</summary>
    public IReadOnlyDictionary<string, string> Steps { get; }

    public IEnumerable<RegistryEntry> Versions(string collection, string name) => _entries.Where(entry =>
        entry.Collection == collection && entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Finds what <c>azureml://registries/azureml/…/versions/…</c> or <c>…/labels/latest</c> names.</summary>
    public RegistryEntry? Find(string collection, string id)
    {
        Match match = Id().Match(id);
        if (!match.Success || !match.Groups["registry"].Value.Equals(Name, StringComparison.OrdinalIgnoreCase)
            || !match.Groups["collection"].Value.Equals(collection, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        IEnumerable<RegistryEntry> versions = Versions(collection, match.Groups["name"].Value);
        return match.Groups["version"] is { Success: true } version
            ? versions.FirstOrDefault(entry => entry.Version == version.Value)
            : versions.Where(entry => !entry.IsArchived).MaxBy(entry => entry.CreatedAt);
    }

    public static bool IsRegistryId(string id) => id.StartsWith("azureml://registries/", StringComparison.OrdinalIgnoreCase);

    private static ComponentInput Input(string name, JsonObject declared) => new(
        name,
        declared.RequiredText("type"),
        declared.Boolean("optional") ?? false,
        declared["default"] switch
        {
            null => null,
            JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
            { } value => value.ToJsonString(),
        },
        declared["enum"] is JsonArray words ? [.. words.Select(word => word!.GetValue<string>())] : null,
        declared.Number("min"));

    private static JsonNode Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing from the assembly.");
        return JsonNode.Parse(stream)!;
    }

    [GeneratedRegex(
        "^azureml://registries/(?<registry>[^/]+)/(?<collection>models|components)/(?<name>[^/]+)/(versions/(?<version>[^/]+)|labels/latest)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Id();
}
