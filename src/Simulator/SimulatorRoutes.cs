using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.OnlineEndpoints;
using FineTune.Simulator.State;

namespace FineTune.Simulator;

/// <summary>What the simulator tells about itself; no such thing exists in Azure.</summary>
internal sealed class SimulatorRoutes(SimulatedWorkspace workspace, ResourceStore store, Computation computation, FaultInjector faults, RequestLog log)
{
    private const int ShownRequests = 50;

    public void Map(ServiceRoutes routes)
    {
        routes.OtherAsync(ServicePlane.Open, "GET", "/", request => computation.ObserveAsync(request, () => ServiceResponse.Html(
            LandingPage.Render(State(request.Now), log.Last(ShownRequests), log.Count, faults.Plan, workspace.Options))));
        routes.Other(ServicePlane.Open, "GET", "/simulator/requests", _ => ServiceResponse.Ok(new JsonObject { ["value"] = log.Read() }));
        routes.OtherAsync(ServicePlane.Open, "GET", "/simulator/state", request => computation.ObserveAsync(request, () => ServiceResponse.Ok(State(request.Now))));
        routes.Other(ServicePlane.Open, "GET", "/simulator/faults", _ => ServiceResponse.Ok(ShowFaults()));
        routes.Other(ServicePlane.Open, "PUT", "/simulator/faults", PutFaults);
    }

    private JsonObject State(DateTimeOffset now) => new()
    {
        ["time"] = Stamp.Of(now),
        ["workspace"] = workspace.Path,
        ["pendingComputations"] = computation.Pending,
        ["computes"] = List(store.All<ComputeRecord>().Where(compute => !compute.Provisioning.IsGone(now)), compute => compute.Name, compute => new JsonObject
        {
            ["name"] = compute.Name,
            ["vmSize"] = compute.VmSize,
            ["provisioningState"] = compute.Provisioning.State(now),
        }),
        ["jobs"] = List(store.All<JobRecord>().Where(job => !job.IsGone(now)), job => job.Name, job => ShowJob(computation.View(job, now))),
        ["models"] = List(store.All<ModelVersionRecord>().Where(model => model.DeletedAt is null), model => model.Key, model => new JsonObject
        {
            ["name"] = model.Name,
            ["version"] = model.Version,
            ["jobName"] = model.JobName,
        }),
        ["endpoints"] = List(store.All<EndpointRecord>().Where(endpoint => !endpoint.Provisioning.IsGone(now)), endpoint => endpoint.Name, endpoint => new JsonObject
        {
            ["name"] = endpoint.Name,
            ["provisioningState"] = endpoint.Provisioning.State(now),
            ["traffic"] = new JsonObject(endpoint.Traffic.Select(share => new KeyValuePair<string, JsonNode?>(share.Key, share.Value))),
            ["deployments"] = List(EndpointRoutes.Deployments(store, endpoint.Name, now), deployment => deployment.Name, deployment => new JsonObject
            {
                ["name"] = deployment.Name,
                ["instanceType"] = deployment.InstanceType,
                ["instances"] = deployment.Instances,
                ["provisioningState"] = deployment.Provisioning.State(now),
            }),
        }),
    };

    private static JsonObject ShowJob(JobView view) => new()
    {
        ["name"] = view.Root.Name,
        ["status"] = view.Status,
        ["error"] = view.Root.Error?.Message,
        ["startTime"] = Stamp.OrNull(view.Root.Started),
        ["endTime"] = Stamp.OrNull(view.Root.Ended),
        ["steps"] = new JsonArray([.. view.Steps.Select(step => new JsonObject
        {
            ["name"] = step.Name,
            ["runId"] = step.RunId,
            ["status"] = step.Status,
            ["startTime"] = Stamp.OrNull(step.Started),
            ["endTime"] = Stamp.OrNull(step.Ended),
        })]),
    };

    private static JsonArray List<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonObject> show) =>
        [.. items.OrderBy(name, StringComparer.Ordinal).Select(show)];

    private ServiceResponse PutFaults(ServiceRequest request)
    {
        if (!workspace.Options.AllowFaultChanges)
        {
            throw new ServiceException(403, "Forbidden", "The simulator was started without permission to change its faults.");
        }

        try
        {
            faults.Use(request.Body.Deserialize<FaultPlan>(FaultPlanJson.Options)!);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw ServiceException.BadRequest(exception.Message);
        }

        return ServiceResponse.Ok(ShowFaults());
    }

    private JsonNode ShowFaults() => JsonSerializer.SerializeToNode(faults.Plan, FaultPlanJson.Options)!;
}
