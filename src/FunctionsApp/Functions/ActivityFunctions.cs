using System.Text.Json;
using FineTune.Durable;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using Microsoft.Azure.Functions.Worker;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Functions;

#pragma warning disable CS1591 // Each function is the activity of its name, which is documented where it is.

/// <summary>The activities, as functions: the Functions host must know each by name.</summary>
/// <param name="registry">What runs.</param>
/// <param name="logger">The log.</param>
public sealed partial class ActivityFunctions(DurableTaskRegistry registry, ILogger<ActivityFunctions> logger)
{
    [Function(nameof(ReadRunRequest))]
    public Task<JsonElement?> RunReadRunRequest([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(PlanRun))]
    public Task<JsonElement?> RunPlanRun([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(PrepareDataset))]
    public Task<JsonElement?> RunPrepareDataset([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(CreateCompute))]
    public Task<JsonElement?> RunCreateCompute([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ReadCompute))]
    public Task<JsonElement?> RunReadCompute([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(SubmitJob))]
    public Task<JsonElement?> RunSubmitJob([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ReadJob))]
    public Task<JsonElement?> RunReadJob([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(CancelJob))]
    public Task<JsonElement?> RunCancelJob([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ReviewMetrics))]
    public Task<JsonElement?> RunReviewMetrics([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(RegisterModel))]
    public Task<JsonElement?> RunRegisterModel([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(CreateEndpoint))]
    public Task<JsonElement?> RunCreateEndpoint([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ReadEndpoint))]
    public Task<JsonElement?> RunReadEndpoint([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(CreateDeployment))]
    public Task<JsonElement?> RunCreateDeployment([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ReadDeployment))]
    public Task<JsonElement?> RunReadDeployment([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(SmokeTestEndpoint))]
    public Task<JsonElement?> RunSmokeTestEndpoint([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ShiftTraffic))]
    public Task<JsonElement?> RunShiftTraffic([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(TagEndpoint))]
    public Task<JsonElement?> RunTagEndpoint([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(DeleteEndpoint))]
    public Task<JsonElement?> RunDeleteEndpoint([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(ReadOperation))]
    public Task<JsonElement?> RunReadOperation([ActivityTrigger] JsonElement? input, FunctionContext context) => RunAsync(input, context);

    [Function(nameof(PublishReport))]
    public Task<JsonElement?> RunPublishReport([ActivityTrigger] JsonElement? input, FunctionContext context)
    {
        // The last activity of every run: the one place where each run's end is logged, once, for alerts to see.
        RunStatus run = Payload.Read<RunStatus>(input);
        if (run.State == RunState.Failed)
        {
            LogFailed(run.RunId, run.Failure);
        }
        else
        {
            LogEnded(run.RunId, run.State);
        }

        return RunAsync(input, context);
    }

    private Task<JsonElement?> RunAsync(JsonElement? input, FunctionContext context)
    {
        string instanceId = context.BindingContext.BindingData.TryGetValue("instanceId", out object? id) ? $"{id}" : "";
        return registry.RunActivityAsync(
            new ActivityContext(instanceId, context.FunctionDefinition.Name), input, context.InstanceServices, context.CancellationToken);
    }

    [LoggerMessage(1, LogLevel.Information, "Run {RunId} ended as {State}.")]
    private partial void LogEnded(string runId, RunState state);

    [LoggerMessage(2, LogLevel.Error, "Run {RunId} ended as Failed: {Failure}")]
    private partial void LogFailed(string runId, Failure? failure);
}
