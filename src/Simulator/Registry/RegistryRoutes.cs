using System.Text.Json.Nodes;
using FineTune.Simulator.Hosting;
using FineTune.Simulator.Http;

namespace FineTune.Simulator.Registry;

/// <summary>Discovery of the registry, and the reads of its models and components through the managed front end.</summary>
internal sealed class RegistryRoutes(SystemRegistry registry, SimulatorOptions options)
{
    private const string ResourceGroup = "registry-builtin-prod-001";
    private const string ApiVersion = "2021-10-01-dataplanepreview";
    private const string Scope =
        "/mferp/managementfrontend/subscriptions/{registrySubscription}/resourceGroups/{registryGroup}/providers/Microsoft.MachineLearningServices/registries/{registry}";

    private static readonly string Subscription = SimulatedWorkspace.DeriveId("registry subscription").ToString();

    public void Map(ServiceRoutes routes)
    {
        routes.Other(ServicePlane.DataPlane, "GET", "/registrymanagement/v1.0/registries/{registry}/discovery", Discover);
        foreach (string collection in (ReadOnlySpan<string>)[SystemRegistry.Models, SystemRegistry.Components])
        {
            routes.Other(ServicePlane.DataPlane, "GET", $"{Scope}/{collection}/{{name}}", request => Container(request, collection));
            routes.Other(ServicePlane.DataPlane, "GET", $"{Scope}/{collection}/{{name}}/versions", request => List(request, collection));
            routes.Other(ServicePlane.DataPlane, "GET", $"{Scope}/{collection}/{{name}}/versions/{{version}}", request => Version(request, collection));
        }
    }

    private ServiceResponse Discover(ServiceRequest request)
    {
        RequireRegistry(request);
        string id = SimulatedWorkspace.DeriveId("registry").ToString();
        return ServiceResponse.Ok(new JsonObject
        {
            ["registryId"] = id,
            ["registryName"] = SystemRegistry.Name,
            ["tenantId"] = SimulatedWorkspace.DeriveId("registry tenant").ToString(),
            ["primaryRegion"] = options.Location,
            ["regions"] = new JsonArray(options.Location),
            ["subscriptionId"] = Subscription,
            ["resourceGroup"] = ResourceGroup,
            ["workspaceName"] = null,
            ["primaryRegionResourceProviderUri"] = (request.UsesAzureNames ? "https://" + AzureHosts.RegistryProviderOf(options.Location) : request.BaseUrl) + "/",
            ["registryFqdns"] = new JsonObject { [options.Location] = new JsonObject { ["uri"] = request.ApiUrl(options.Location) } },
        });
    }

    private ServiceResponse Container(ServiceRequest request, string collection)
    {
        List<RegistryEntry> versions = Existing(request, collection);
        RegistryEntry? latest = versions.Where(entry => !entry.IsArchived).MaxBy(entry => entry.CreatedAt);
        string name = versions[0].Name;
        return ServiceResponse.Ok(new JsonObject
        {
            ["id"] = $"azureml://registries/{SystemRegistry.Name}/{collection}/{name}",
            ["name"] = name,
            ["type"] = collection,
            ["properties"] = SimulatedWorkspace.ContainerProperties(latest?.Version),
            ["systemData"] = SimulatedWorkspace.SystemData(versions.Min(entry => entry.CreatedAt)),
        });
    }

    private ServiceResponse List(ServiceRequest request, string collection)
    {
        IEnumerable<RegistryEntry> versions = Existing(request, collection);
        versions = ListView.Filter(request, versions, entry => entry.IsArchived);
        return Paging.Page(request, Ordering.Apply(request, versions, entry => entry.CreatedAt), options.PageSize, Show);
    }

    private ServiceResponse Version(ServiceRequest request, string collection)
    {
        string version = request.Route("version");
        return ServiceResponse.Ok(Show(Existing(request, collection).Find(entry => entry.Version == version)
            ?? throw ServiceException.NotFound($"{request.Route("name")} has no version '{version}' in the registry '{SystemRegistry.Name}'.")));
    }

    private List<RegistryEntry> Existing(ServiceRequest request, string collection)
    {
        RequireRegistry(request);
        if (string.IsNullOrEmpty(request.ApiVersion))
        {
            throw ServiceException.BadRequest($"The api-version query parameter is required, such as {ApiVersion}.");
        }

        if (!request.Route("registrySubscription").Equals(Subscription, StringComparison.OrdinalIgnoreCase)
            || !request.Route("registryGroup").Equals(ResourceGroup, StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.NotFound("The registry is not in this subscription and resource group. Discovery says where it is.");
        }

        List<RegistryEntry> versions = [.. registry.Versions(collection, request.Route("name"))];
        return versions.Count > 0
            ? versions
            : throw ServiceException.NotFound($"'{request.Route("name")}' was not found among the {collection} of the registry '{SystemRegistry.Name}'.");
    }

    private static void RequireRegistry(ServiceRequest request)
    {
        string name = request.Route("registry");
        if (!name.Equals(SystemRegistry.Name, StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.NotFound($"The registry '{name}' was not found. The simulator has '{SystemRegistry.Name}'.");
        }
    }

    private static JsonObject Show(RegistryEntry entry) => new()
    {
        ["id"] = entry.Id(SystemRegistry.Name),

        // The name of a version is the version; the asset's name is only in the id.
        ["name"] = entry.Version,
        ["type"] = entry.Collection,
        ["properties"] = entry.Properties.Copy(),
        ["systemData"] = SimulatedWorkspace.SystemData(entry.CreatedAt),
    };
}
