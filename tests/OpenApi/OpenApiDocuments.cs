using System.Collections.Concurrent;
using System.Text.Json;

namespace FineTune.OpenApi;

/// <summary>Swagger 2.0 documents of one api-version, with the part of Azure's common types that they refer to.</summary>
public sealed class OpenApiDocuments
{
    private const string CommonTypes = "common-types.json";
    private readonly JsonElement _anything = JsonElement.Parse("{}");
    private readonly Dictionary<string, JsonElement> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<(string Base, string Value), string> _subtypes = [];
    private readonly ConcurrentDictionary<string, ObjectShape> _shapes = new(StringComparer.Ordinal);

    private OpenApiDocuments(string version) => Version = version;

    /// <summary>The api-version, as in the folder's name.</summary>
    public string Version { get; }

    /// <summary>Everything that can be asked.</summary>
    public IReadOnlyList<OpenApiOperation> Operations { get; private set; } = [];

    /// <summary>
    /// Where the documents are: <c>shared/azureml/openapi/2024-04-01</c> beside this repository or further up, as they are no part of it.
    /// </summary>
    /// <returns>The folder; null when there is none.</returns>
    public static string? FindFolder()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string folder = Path.Combine(directory.FullName, "shared", "azureml", "openapi", "2024-04-01");
            if (File.Exists(Path.Combine(folder, "mfe.json")))
            {
                return folder;
            }
        }

        return null;
    }

    /// <summary>Loads every document of a folder.</summary>
    public static OpenApiDocuments Load(string folder) => Load(
        Path.GetFileName(folder), Directory.EnumerateFiles(folder, "*.json").Select(file => (Path.GetFileName(file), File.ReadAllText(file))));

    /// <summary>Loads documents.</summary>
    /// <param name="version">Their api-version.</param>
    /// <param name="files">Names and texts.</param>
    /// <returns>The documents.</returns>
    public static OpenApiDocuments Load(string version, IEnumerable<(string Name, string Text)> files)
    {
        var documents = new OpenApiDocuments(version);
        using Stream common = typeof(OpenApiDocuments).Assembly.GetManifestResourceStream(CommonTypes)!;
        documents._files[CommonTypes] = JsonDocument.Parse(common).RootElement;
        foreach ((string name, string text) in files)
        {
            documents._files[name] = JsonElement.Parse(text);
        }

        documents.FindSubtypes();
        documents.Operations = [.. documents.ReadOperations()];
        return documents;
    }

    /// <summary>Finds what a request asks for.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The path, percent-encoded.</param>
    /// <returns>The operation; null when the documents have none.</returns>
    public OpenApiOperation? Find(string method, string path) =>
        Operations.FirstOrDefault(operation => operation.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && operation.Matches(path));

    /// <summary>Follows references. What refers may say more (nullable, read-only), so callers keep it.</summary>
    internal (OpenApiSchema Schema, string? Pointer) Resolve(OpenApiSchema schema)
    {
        string? pointer = null;
        while (schema.Text("$ref") is { } reference)
        {
            pointer = Pointer(schema.File, reference);
            schema = At(pointer);
        }

        return (schema, pointer);
    }

    /// <summary>Lays an object's schema and its bases together.</summary>
    internal ObjectShape Shape(OpenApiSchema schema)
    {
        (OpenApiSchema target, string? pointer) = Resolve(schema);
        return pointer is null ? Flatten(target, null) : _shapes.GetOrAdd(pointer, _ => Flatten(target, pointer));
    }

    /// <summary>The subtype that a discriminator's value names.</summary>
    internal ObjectShape? Subtype(ObjectShape shape, string value) =>
        shape.Pointer is not null && _subtypes.TryGetValue((shape.Pointer, value), out string? pointer) ? Shape(At(pointer), pointer) : null;

    private ObjectShape Shape(OpenApiSchema target, string pointer) => _shapes.GetOrAdd(pointer, _ => Flatten(target, pointer));

    private ObjectShape Flatten(OpenApiSchema schema, string? pointer)
    {
        var properties = new Dictionary<string, OpenApiSchema>(StringComparer.Ordinal);
        var required = new HashSet<string>(schema.Texts("required"), StringComparer.Ordinal);
        string? discriminator = schema.Text("discriminator");
        bool isOpen = false;
        OpenApiSchema? additional = null;
        if (schema.Find("allOf") is { } bases)
        {
            foreach (JsonElement item in bases.Element.EnumerateArray())
            {
                ObjectShape inherited = Shape(schema with { Element = item });
                foreach ((string name, OpenApiSchema property) in inherited.Properties)
                {
                    properties[name] = property;
                }

                required.UnionWith(inherited.Required);
                discriminator ??= inherited.Discriminator;
                additional ??= inherited.Additional;
                isOpen |= inherited.IsOpen && inherited.Properties.Count > 0;
            }
        }

        if (schema.Find("properties") is { } own)
        {
            foreach (JsonProperty property in own.Element.EnumerateObject())
            {
                properties[property.Name] = schema with { Element = property.Value };
            }
        }

        if (schema.Find("additionalProperties") is { } more)
        {
            isOpen |= more.Element.ValueKind == JsonValueKind.True || (more.Element.ValueKind == JsonValueKind.Object && !more.Element.EnumerateObject().Any());
            additional = more.Element.ValueKind == JsonValueKind.Object ? more : additional;
        }
        else
        {
            // The format's rule is that anything may be added. An object whose members are listed is taken to mean them.
            isOpen |= properties.Count == 0 && additional is null;
        }

        return new ObjectShape(pointer, properties, required, additional, isOpen, discriminator);
    }

    private void FindSubtypes()
    {
        foreach ((string file, JsonElement document) in _files)
        {
            foreach (JsonProperty definition in Members(document, "definitions"))
            {
                string pointer = $"{file}#/definitions/{definition.Name}";
                OpenApiSchema schema = new(definition.Value, file);
                string value = schema.Text("x-ms-discriminator-value") ?? definition.Name;
                foreach (string ancestor in Ancestors(schema))
                {
                    _subtypes.TryAdd((ancestor, value), pointer);
                }

                _subtypes.TryAdd((pointer, value), pointer);
            }
        }
    }

    private IEnumerable<string> Ancestors(OpenApiSchema schema)
    {
        if (schema.Find("allOf") is not { } bases)
        {
            yield break;
        }

        foreach (JsonElement item in bases.Element.EnumerateArray())
        {
            (OpenApiSchema target, string? pointer) = Resolve(schema with { Element = item });
            if (pointer is not null)
            {
                yield return pointer;
            }

            foreach (string ancestor in Ancestors(target))
            {
                yield return ancestor;
            }
        }
    }

    private IEnumerable<OpenApiOperation> ReadOperations()
    {
        foreach ((string file, JsonElement document) in _files)
        {
            foreach (JsonProperty path in Members(document, "paths"))
            {
                foreach (JsonProperty method in path.Value.EnumerateObject().Where(method => method.Name != "parameters"))
                {
                    OpenApiSchema[] parameters = [.. (new OpenApiSchema(method.Value, file).Find("parameters")?.Element.EnumerateArray() ?? [])
                        .Select(parameter => Resolve(new OpenApiSchema(parameter, file)).Schema)];
                    yield return new OpenApiOperation(method.Name, path.Name, new OpenApiSchema(method.Value, file), parameters);
                }
            }
        }
    }

    private OpenApiSchema At(string pointer)
    {
        int hash = pointer.IndexOf('#', StringComparison.Ordinal);
        string file = pointer[..hash];
        JsonElement element = _files[file];
        foreach (string name in pointer[(hash + 2)..].Split('/'))
        {
            if (!element.TryGetProperty(name, out element))
            {
                // Only the common types that the way of a fine-tune meets are described here; any other may be anything.
                if (file == CommonTypes)
                {
                    return new OpenApiSchema(_anything, file);
                }

                throw new InvalidOperationException($"The documents have no '{pointer}'.");
            }
        }

        return new OpenApiSchema(element, file);
    }

    // "#/definitions/X", "other.json#/definitions/X", or a file of Azure's common types, which all are one file here.
    private static string Pointer(string file, string reference)
    {
        int hash = reference.IndexOf('#', StringComparison.Ordinal);
        string target = hash == 0 ? file : reference.Contains("common-types", StringComparison.Ordinal) ? CommonTypes : Path.GetFileName(reference[..hash]);
        return target + reference[hash..];
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement document, string name) =>
        document.TryGetProperty(name, out JsonElement members) ? members.EnumerateObject() : default;
}
