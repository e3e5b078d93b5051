using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Computes;

/// <summary>Clusters, VM sizes, usage and quota.</summary>
internal sealed partial class ComputeRoutes(SimulatedWorkspace workspace, ResourceStore store)
{
    private static readonly string[] KnownTypes =
        ["AKS", "Kubernetes", "AmlCompute", "ComputeInstance", "DataFactory", "VirtualMachine", "HDInsight", "Databricks", "DataLakeAnalytics", "SynapseSpark"];

    private SimulatorOptions Options => workspace.Options;

    public void Map(ServiceRoutes routes)
    {
        routes.Location("GET", "/vmSizes", _ => ServiceResponse.Ok(new JsonObject { ["value"] = new JsonArray([.. VmSizeCatalog.All.Select(Show)]) }));
        routes.Location("GET", "/usages", request => Paging.Page(
            request, [null, .. VmSizeCatalog.Families], int.MaxValue, family => family is null ? TotalUsage(request.Now) : Usage(family, request.Now)));
        routes.Location("GET", "/quotas", request => Paging.Page(request, VmSizeCatalog.Families, int.MaxValue, Quota));
        routes.Workspace("GET", "/computes", request => Paging.Page(
            request,
            store.All<ComputeRecord>().Where(compute => !compute.Provisioning.IsGone(request.Now)).OrderBy(compute => compute.Name, StringComparer.Ordinal),
            Options.PageSize,
            compute => Show(compute, request.Now)));
        routes.Workspace("GET", "/computes/{name}", request => ServiceResponse.Ok(Show(Existing(request), request.Now)));
        routes.Workspace("PUT", "/computes/{name}", Put, BodyShapes.Compute);
        routes.Workspace("DELETE", "/computes/{name}", Delete);
    }

    private ServiceResponse Put(ServiceRequest request)
    {
        string name = request.Route("name");
        if (!ComputeName().IsMatch(name))
        {
            throw ServiceException.BadRequest($"The compute name '{name}' is not valid: 3 to 24 letters, digits and dashes, beginning with a letter, and not ending in a dash and digits.");
        }

        JsonObject properties = request.Body.RequiredObject("properties");
        string type = properties.RequiredText("computeType");
        if (!KnownTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest($"The compute type '{type}' is not known.", "properties.computeType");
        }

        if (!type.Equals("AmlCompute", StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest($"The simulator creates compute of type AmlCompute only, not '{type}'.", "properties.computeType");
        }

        JsonObject inner = properties.RequiredObject("properties");
        (VmSize size, bool lowPriority) = Hardware(inner);
        (int min, int max) = Scale(inner);
        Cased(inner, "osType", "Linux", "Windows");
        Cased(inner, "remoteLoginPortPublicAccess", "NotSpecified", "Enabled", "Disabled");
        JsonObject? tags = request.Body.Tags("tags");
        ComputeRecord? existing = store.Find<ComputeRecord>(ComputeRecord.KeyOf(name));
        if (existing?.Provisioning.IsGone(request.Now) == true)
        {
            existing = null;
        }

        if (existing is not null)
        {
            if (existing.Provisioning.IsDeletion)
            {
                throw ServiceException.Conflict($"The compute '{name}' is being deleted.");
            }

            if (!existing.VmSize.Equals(size.Name, StringComparison.OrdinalIgnoreCase) || existing.LowPriority != lowPriority)
            {
                throw ServiceException.BadRequest($"The size and the priority of the compute '{name}' cannot be changed. Delete it first, or use another name.");
            }

            bool same = existing.MinNodes == min && existing.MaxNodes == max && existing.Provisioning.State(request.Now) != "Failed";
            if (same)
            {
                return Answer(ServiceResponse.Ok(Show(existing, request.Now)), request, existing.Provisioning);
            }

            if (existing.Provisioning.IsBusy(request.Now))
            {
                throw ServiceException.Conflict($"The compute '{name}' is in {existing.Provisioning.State(request.Now)} provisioning state. Wait until it is done.");
            }
        }

        StoredError? error = request.Fault(FaultKind.ComputeProvisioningFails) is { } fault
            ? new StoredError("ClusterProvisioningFailed", fault.Message ?? $"No capacity for {size.Name} in {Options.Location} at the moment. Try again later, or another size or region.")
            : QuotaError(size, lowPriority, min, request.Now);
        (Provisioning provisioning, OperationRecord operation) = workspace.Begin(
            existing is null ? Provisioning.Creating : Provisioning.Updating,
            null,
            request.Now,
            Options.Durations.ComputeCreate,
            request.Fault(FaultKind.StuckCreating) is not null,
            error);
        ComputeRecord compute = new(
            name,
            inner.Copy(),
            tags?.Copy(),
            properties.Text("description"),
            size.Name,
            lowPriority,
            min,
            max,
            existing?.CreatedAt ?? request.Now,
            request.Now,
            provisioning);
        store.Save(compute, operation);
        JsonObject body = Show(compute, request.Now);
        return Answer(existing is null ? ServiceResponse.Created(body) : ServiceResponse.Ok(body), request, provisioning);
    }

    private ServiceResponse Delete(ServiceRequest request)
    {
        string name = request.Route("name");
        string? action = request.Query("underlyingResourceAction");
        if (action is null || (!action.Equals("Delete", StringComparison.OrdinalIgnoreCase) && !action.Equals("Detach", StringComparison.OrdinalIgnoreCase)))
        {
            throw ServiceException.BadRequest("The query parameter underlyingResourceAction is required: Delete or Detach.");
        }

        if (store.Find<ComputeRecord>(ComputeRecord.KeyOf(name)) is not { } compute || compute.Provisioning.IsGone(request.Now))
        {
            return ServiceResponse.NoContent();
        }

        Provisioning provisioning = compute.Provisioning;
        bool stuckBefore = provisioning is { IsDeletion: true, EndsAt: null };
        if (!provisioning.IsDeletion || stuckBefore)
        {
            (provisioning, OperationRecord operation) = workspace.Begin(
                Provisioning.Deleting, null, request.Now, Options.Durations.ComputeDelete, request.Fault(FaultKind.StuckDeleting) is not null);
            List<StoredRecord> changed = [compute with { Provisioning = provisioning }, operation];
            foreach (JobRecord job in store.All<JobRecord>())
            {
                if (!job.IsGone(request.Now) && PipelineTimeline.Interrupt(job, name, request.Now) is { } interrupted)
                {
                    changed.Add(interrupted);
                }
            }

            store.Save([.. changed]);
        }

        return Answer(ServiceResponse.Accepted(), request, provisioning);
    }

    private ServiceResponse Answer(ServiceResponse response, ServiceRequest request, Provisioning provisioning) =>
        response.With("Azure-AsyncOperation", workspace.OperationUrl(request, provisioning.OperationId, isCompute: true));

    private ComputeRecord Existing(ServiceRequest request)
    {
        string name = request.Route("name");
        return store.Find<ComputeRecord>(ComputeRecord.KeyOf(name)) is { } compute && !compute.Provisioning.IsGone(request.Now)
            ? compute
            : throw ServiceException.NotFound($"The compute '{name}' was not found in the workspace '{Options.WorkspaceName}'.");
    }

    private (VmSize Size, bool LowPriority) Hardware(JsonObject inner)
    {
        string name = inner.RequiredText("vmSize");
        VmSize size = VmSizeCatalog.Find(name)
            ?? throw ServiceException.BadRequest($"The VM size '{name}' does not exist in {Options.Location}. GET …/vmSizes lists those that do.", "properties.properties.vmSize");
        bool lowPriority = Cased(inner, "vmPriority", "Dedicated", "LowPriority") == "LowPriority";
        return lowPriority && !size.LowPriority
            ? throw ServiceException.BadRequest($"There are no low-priority nodes of {size.Name}.", "properties.properties.vmPriority")
            : (size, lowPriority);
    }

    private static (int Min, int Max) Scale(JsonObject inner)
    {
        JsonObject scale = inner.Object("scaleSettings") ?? throw JsonReading.Missing(inner, "scaleSettings");
        int max = scale.Integer("maxNodeCount") ?? throw JsonReading.Missing(scale, "maxNodeCount");
        int min = scale.Integer("minNodeCount") ?? 0;
        scale.Duration("nodeIdleTimeBeforeScaleDown");
        return min < 0 || max < 1 || min > max
            ? throw ServiceException.BadRequest("0 <= minNodeCount <= maxNodeCount and 1 <= maxNodeCount have to hold.", "properties.properties.scaleSettings")
            : (min, max);
    }

    private StoredError? QuotaError(VmSize size, bool lowPriority, int min, DateTimeOffset now)
    {
        int limit = VmSizeCatalog.Quota(Options, size.Family);
        int used = CoreUsage.Cores(store, size.Family, now);
        return lowPriority || min * size.Cores <= limit - used
            ? null
            : new StoredError("ClusterMinNodesExceedCoreQuota", string.Create(
                CultureInfo.InvariantCulture,
                $"{min} nodes of {size.Name} need {min * size.Cores} vCPUs; the quota of {size.Family} is {limit}, of which {used} are in use. Ask for more quota or lower minNodeCount."));
    }

    /// <summary>A word of an enumeration, compared without regard to case, in its right spelling; the first word if it is absent.</summary>
    private static string Cased(JsonObject parent, string name, params ReadOnlySpan<string> words)
    {
        if (parent.Text(name) is not { } text)
        {
            return words[0];
        }

        foreach (string word in words)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return word;
            }
        }

        throw ServiceException.BadRequest($"'{text}' is not one of {string.Join(", ", words)}.", $"{parent.GetPath()}.{name}");
    }

    private JsonObject Show(ComputeRecord compute, DateTimeOffset now)
    {
        string state = compute.Provisioning.State(now);
        bool ready = state == "Succeeded";
        JsonObject scale = compute.Properties.Object("scaleSettings")!.Copy();
        scale["minNodeCount"] = compute.MinNodes;
        scale["nodeIdleTimeBeforeScaleDown"] ??= "PT2M";
        JsonObject properties = new()
        {
            // The service answers sizes in capitals, whatever was sent.
            ["vmSize"] = compute.VmSize.ToUpperInvariant(),
            ["vmPriority"] = compute.LowPriority ? "LowPriority" : "Dedicated",
            ["scaleSettings"] = scale,
            ["subnet"] = compute.Properties.CopyOf("subnet"),
            ["currentNodeCount"] = null,
            ["targetNodeCount"] = null,
            ["nodeStateCounts"] = null,
            ["allocationState"] = null,
            ["errors"] = null,
            ["remoteLoginPortPublicAccess"] = Cased(compute.Properties, "remoteLoginPortPublicAccess", "NotSpecified", "Enabled", "Disabled"),
            ["osType"] = Cased(compute.Properties, "osType", "Linux", "Windows"),
            ["virtualMachineImage"] = null,
            ["isolatedNetwork"] = compute.Properties.Boolean("isolatedNetwork") ?? false,
            ["enableNodePublicIp"] = compute.Properties.Boolean("enableNodePublicIp") ?? true,
        };
        if (ready)
        {
            int running = CoreUsage.Nodes(store, compute.Name, now);
            int nodes = Math.Max(compute.MinNodes, running);
            properties["currentNodeCount"] = nodes;
            properties["targetNodeCount"] = nodes;
            properties["nodeStateCounts"] = new JsonObject
            {
                ["preparingNodeCount"] = 0,
                ["runningNodeCount"] = running,
                ["idleNodeCount"] = nodes - running,
                ["unusableNodeCount"] = 0,
                ["leavingNodeCount"] = 0,
                ["preemptedNodeCount"] = 0,
            };
            properties["allocationState"] = "Steady";
            properties["allocationStateTransitionTime"] = Stamp.OrNull(compute.Provisioning.EndsAt);
            properties["errors"] = AllocationErrors(compute, now);
        }

        JsonArray? errors = state == "Failed"
            ? new JsonArray(new JsonObject { ["error"] = Show(compute.Provisioning.Error!) })
            : null;
        JsonObject body = workspace.Envelope("computes/" + compute.Name, compute.Name, "computes");
        body["location"] = Options.Location;
        body["tags"] = compute.Tags?.Copy();
        body["properties"] = new JsonObject
        {
            ["createdOn"] = Stamp.Of(compute.CreatedAt),
            ["modifiedOn"] = Stamp.Of(compute.ModifiedAt),
            ["disableLocalAuth"] = false,
            ["description"] = compute.Description,
            ["resourceId"] = null,
            ["computeType"] = "AmlCompute",
            ["computeLocation"] = Options.Location,
            ["provisioningState"] = state,
            ["provisioningErrors"] = errors,
            ["isAttachedCompute"] = false,
            ["properties"] = properties,
        };
        return body;
    }

    /// <summary>Jobs that wait for cores the subscription does not have show up as errors of their cluster.</summary>
    private JsonArray? AllocationErrors(ComputeRecord compute, DateTimeOffset now)
    {
        foreach (JobRecord job in store.All<JobRecord>())
        {
            if (!job.IsGone(now) && job.Failure is { At: null } stuck && job.Steps[stuck.Step].Compute.Equals(compute.Name, StringComparison.OrdinalIgnoreCase)
                && PipelineTimeline.At(job, now).Steps[stuck.Step].Status == RunStatus.Queued)
            {
                return new JsonArray(new JsonObject { ["error"] = Show(stuck.Error) });
            }
        }

        return null;
    }

    private static JsonObject Show(StoredError error) => new() { ["code"] = error.Code, ["message"] = error.Message };

    private static JsonObject Show(VmSize size)
    {
        static JsonObject Price(double price, string tier) => new() { ["retailPrice"] = Math.Round(price, 3), ["osType"] = "Linux", ["vmTier"] = tier };

        JsonArray prices = [Price(size.Price, "Standard")];
        if (size.LowPriority)
        {
            prices.Add((JsonNode)Price(size.Price * VmSizeCatalog.LowPriorityDiscount, "LowPriority"));
        }

        JsonArray computeTypes = ["AmlCompute", "ComputeInstance"];
        if (size.Serves)
        {
            computeTypes.Add((JsonNode)"MIR");
        }

        return new JsonObject
        {
            ["name"] = size.Name,
            ["family"] = size.Family,
            ["vCPUs"] = size.Cores,
            ["gpus"] = size.Gpus,
            ["osVhdSizeMB"] = 1047552,
            ["maxResourceVolumeMB"] = size.DiskMB,
            ["memoryGB"] = size.MemoryGB,
            ["lowPriorityCapable"] = size.LowPriority,
            ["premiumIO"] = true,
            ["estimatedVMPrices"] = new JsonObject { ["billingCurrency"] = "USD", ["unitOfMeasure"] = "OneHour", ["values"] = prices },
            ["supportedComputeTypes"] = computeTypes,
        };
    }

    /// <summary>All families together; their limits bind before the total does.</summary>
    private JsonObject TotalUsage(DateTimeOffset now) => new()
    {
        ["id"] = workspace.SubscriptionPath + "/usages/TotalDedicatedCores",
        ["amlWorkspaceLocation"] = Options.Location,
        ["type"] = "Microsoft.MachineLearningServices/dedicatedCores/usages",
        ["unit"] = "Count",
        ["currentValue"] = VmSizeCatalog.Families.Sum(family => CoreUsage.Cores(store, family, now)),
        ["limit"] = VmSizeCatalog.Families.Sum(family => VmSizeCatalog.Quota(Options, family)),
        ["name"] = new JsonObject { ["value"] = "TotalDedicatedCores", ["localizedValue"] = "Total Cluster Dedicated Regional vCPUs" },
    };

    private JsonObject Usage(string family, DateTimeOffset now)
    {
        JsonObject usage = QuotaLine(family, "usages");
        usage["currentValue"] = CoreUsage.Cores(store, family, now);
        return usage;
    }

    private JsonObject Quota(string family) => QuotaLine(family, "quotas");

    private JsonObject QuotaLine(string family, string kind)
    {
        string name = family + " Cluster Dedicated vCPUs";
        return new JsonObject
        {
            ["id"] = $"{workspace.SubscriptionPath}/{kind}/{name.Replace(' ', '_')}",
            ["amlWorkspaceLocation"] = Options.Location,
            ["type"] = "Microsoft.MachineLearningServices/vmFamily/" + kind,
            ["limit"] = VmSizeCatalog.Quota(Options, family),
            ["unit"] = "Count",
            ["name"] = new JsonObject { ["value"] = family, ["localizedValue"] = name },
        };
    }

    [GeneratedRegex(@"^[a-zA-Z](?![a-zA-Z0-9-]*-\d+$)[a-zA-Z0-9\-]{2,23}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ComputeName();
}
