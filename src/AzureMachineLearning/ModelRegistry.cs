using System.Collections.Concurrent;
using System.Text.Json;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary>
/// Registries, read past ARM as azure-ai-ml reads them: customers have no rights on the subscription that the system registry is
/// in, so the registry is discovered and its own region's service asked.
/// </summary>
internal sealed class ModelRegistry(ServicePipeline pipeline) : IModelRegistry
{
    private const string DataPlaneVersion = "api-version=2021-10-01-dataplanepreview";

    private readonly ConcurrentDictionary<string, string> _addresses = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    /// <remarks>
    /// Newest: <c>GET {registry}/models/{name}/versions?$orderBy=createdtime desc&amp;$top=1</c>; a version: <c>GET {registry}/models/{name}/versions/{version}</c>, with
    /// api-version 2021-10-01-dataplanepreview (RegistryModelVersions_List, RegistryModelVersions_Get). <c>{registry}</c> comes from
    /// <c>GET {registry endpoint}/registrymanagement/v1.0/registries/{name}/discovery</c>, as azure-ai-ml finds it.
    /// </remarks>
    public async Task<RegistryModel> GetModelAsync(ModelReference reference, CancellationToken cancellationToken = default)
    {
        JsonElement model = await ResolveAsync("models", "model", reference.Registry, reference.Name, reference.Version, cancellationToken);
        string version = model.At("name").Text() ?? reference.Version;
        JsonElement properties = model.At("properties");
        IReadOnlyDictionary<string, string> tags = properties.At("tags").Texts();
        JsonElement computes = SupportedComputes(model);
        return new RegistryModel(
            model.At("id").Text() ?? $"azureml://registries/{reference.Registry}/models/{reference.Name}/versions/{version}",
            reference.Name,
            version,
            properties.At("isArchived").IsTrue(),
            tags)
        {
            SupportedFinetuneComputes = Sizes(computes, "finetun"),
            SupportedInferenceComputes = Sizes(computes, "inferenc"),
        };
    }

    /// <inheritdoc/>
    /// <remarks>As for models, with <c>components</c> (RegistryComponentVersions_List, RegistryComponentVersions_Get).</remarks>
    public async Task<RegistryComponent> GetComponentAsync(ComponentReference reference, CancellationToken cancellationToken = default)
    {
        JsonElement component = await ResolveAsync("components", "component", reference.Registry, reference.Name, reference.Version, cancellationToken);
        JsonElement spec = component.At("properties", "componentSpec");
        string version = component.At("name").Text() ?? spec.At("version").Text() ?? reference.Version;
        JsonElement inputs = spec.At("inputs");
        if (inputs.ValueKind != JsonValueKind.Object)
        {
            throw new UpstreamException(OutcomeKind.Failed, new Failure("AnswerIncomplete", $"The registry shows component '{reference.Name}' version {version} without its inputs.")
            {
                Where = $"registries/{reference.Registry}/components/{reference.Name}/versions/{version}",
                NextStep = "Name a version of the component that has inputs.",
            });
        }

        return new RegistryComponent(
            component.At("id").Text() ?? $"azureml://registries/{reference.Registry}/components/{reference.Name}/versions/{version}",
            reference.Name,
            version,
            inputs.Members().ToDictionary(input => input.Name, input => ToInput(input.Value), StringComparer.Ordinal));
    }

    private static ComponentInput ToInput(JsonElement input) => new(TypeName(input.At("type").Text() ?? "string"))
    {
        Optional = input.At("optional").IsTrue(),
        Default = input.At("default").Text(),
        Enum = [.. input.At("enum").Items().Select(value => value.Text()).OfType<string>()],
        Min = input.At("min").Number(),
        Max = input.At("max").Number(),
    };

    // The YAML's words; ARM's C# models spell them UriFile, MLFlowModel, Integer.
    private static string TypeName(string type) => type.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant() switch
    {
        "URIFILE" => "uri_file",
        "URIFOLDER" => "uri_folder",
        "MLTABLE" => "mltable",
        "MLFLOWMODEL" => "mlflow_model",
        "CUSTOMMODEL" => "custom_model",
        "TRITONMODEL" => "triton_model",
        "INT" or "INTEGER" => "integer",
        "FLOAT" or "NUMBER" => "number",
        "BOOL" or "BOOLEAN" => "boolean",
        "STRING" => "string",
        _ => type,
    };

    /// <summary>
    /// <c>system_metadata.supportedComputes</c> of the model's YAML (azureml-assets since 2026-06). Where the registry's API shows it
    /// is not on record, so it is looked for where it can be, as an object or as JSON in a string.
    /// </summary>
    private static JsonElement SupportedComputes(JsonElement model)
    {
        JsonElement properties = model.At("properties");
        foreach (JsonElement holder in (ReadOnlySpan<JsonElement>)[properties, model, properties.At("properties"), properties.At("tags")])
        {
            JsonElement computes = Unwrap(Unwrap(holder.At("system_metadata")).At("supportedComputes"));
            computes = computes.ValueKind == JsonValueKind.Object ? computes : Unwrap(holder.At("supportedComputes"));
            if (computes.ValueKind == JsonValueKind.Object)
            {
                return computes;
            }
        }

        return default;
    }

    // finetuneComputes, finetune, finetuning_computes, … : a list, or names in one string.
    private static string[]? Sizes(JsonElement computes, string prefix)
    {
        JsonElement sizes = computes.Members()
            .FirstOrDefault(member => member.Name.Replace("_", "", StringComparison.Ordinal).StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).Value;
        return sizes.ValueKind switch
        {
            JsonValueKind.Array => [.. sizes.Items().Select(size => size.Text() ?? size.At("name").Text()).OfType<string>()],
            JsonValueKind.String => sizes.GetString()!.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            _ => null,
        };
    }

    private static JsonElement Unwrap(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String || !element.GetString()!.AsSpan().TrimStart().StartsWith("{"))
        {
            return element;
        }

        try
        {
            return JsonElement.Parse(element.GetString()!);
        }
        catch (JsonException)
        {
            return element;
        }
    }

    private async Task<JsonElement> ResolveAsync(string kind, string noun, string registry, string name, string version, CancellationToken cancellationToken)
    {
        string address = await GetAddressAsync(registry, cancellationToken);
        string versions = address + ServicePipeline.Path($"/{kind}/{name}/versions");
        if (!version.Equals(AssetLabels.Latest, StringComparison.OrdinalIgnoreCase))
        {
            ServiceAnswer answer = await pipeline.GetAsync(
                versions + ServicePipeline.Path($"/{version}") + "?" + DataPlaneVersion, acceptNotFound: true, cancellationToken);
            return !answer.IsNotFound ? answer.Json : throw NotFound(
                $"Registry '{registry}' has no {noun} '{name}' of version '{version}'.", "Check name and version in the registry, or use 'latest'.");
        }

        // "Latest" is the newest by creation, not the highest number.
        if (await NewestAsync(versions, "", cancellationToken) is { } newest)
        {
            return newest;
        }

        throw await NewestAsync(versions, "&listViewType=All", cancellationToken) is { } archived
            ? NotFound(
                $"Registry '{registry}' has no active version of {noun} '{name}'; its newest version, {archived.At("name").Text()}, is archived, and perhaps retired.",
                $"Choose another {noun}, or name version {archived.At("name").Text()} explicitly.",
                "NoActiveVersion")
            : NotFound($"Registry '{registry}' has no {noun} '{name}'.", "Check its name in the registry.");

        UpstreamException NotFound(string message, string nextStep, string code = "ResourceNotFound") =>
            new(OutcomeKind.NotFound, new Failure(code, message) { Where = $"registries/{registry}/{kind}/{name}", NextStep = nextStep });
    }

    private async Task<JsonElement?> NewestAsync(string versions, string view, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (JsonElement item in pipeline.List($"{versions}?{DataPlaneVersion}&$orderBy=createdtime%20desc&$top=1{view}", cancellationToken))
            {
                return item;
            }
        }
        catch (UpstreamException e) when (e.Kind == OutcomeKind.NotFound)
        {
            // Nothing of this name at all.
        }

        return null;
    }

    private async Task<string> GetAddressAsync(string registry, CancellationToken cancellationToken)
    {
        if (_addresses.TryGetValue(registry, out string? known))
        {
            return known;
        }

        string url = pipeline.Cloud.RegistryEndpoint.GetLeftPart(UriPartial.Path).TrimEnd('/')
            + ServicePipeline.Path($"/registrymanagement/v1.0/registries/{registry}/discovery");
        ServiceAnswer answer = await pipeline.GetAsync(url, cancellationToken: cancellationToken);
        if (answer.Json.At("primaryRegionResourceProviderUri").Text() is not { } provider
            || answer.Json.At("subscriptionId").Text() is not { } subscription
            || answer.Json.At("resourceGroup").Text() is not { } resourceGroup)
        {
            throw new UpstreamException(
                OutcomeKind.Failed, new Failure("AnswerIncomplete", $"The discovery of registry '{registry}' does not say where it is.") { Where = answer.Where, RequestId = answer.RequestId });
        }

        return _addresses[registry] = provider.TrimEnd('/') + "/mferp/managementfrontend" + ServicePipeline.Path(
            $"/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.MachineLearningServices/registries/{registry}");
    }
}
