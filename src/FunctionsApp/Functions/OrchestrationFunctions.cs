using System.Text.Json;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow.Orchestrations;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Functions;

#pragma warning disable CS1591 // Each function is the orchestration of its name, which is documented where it is.

/// <summary>The orchestrations, as functions: the Functions host must know each by name.</summary>
/// <param name="registry">What runs.</param>
public sealed class OrchestrationFunctions(DurableTaskRegistry registry)
{
    [Function(nameof(FineTuneRun))]
    public Task<JsonElement?> RunFineTune([OrchestrationTrigger] TaskOrchestrationContext context) => registry.RunOrchestrationAsync(context);

    [Function(nameof(WatchPipelineJob))]
    public Task<JsonElement?> RunWatchPipelineJob([OrchestrationTrigger] TaskOrchestrationContext context) => registry.RunOrchestrationAsync(context);

    [Function(nameof(WaitForOperation))]
    public Task<JsonElement?> RunWaitForOperation([OrchestrationTrigger] TaskOrchestrationContext context) => registry.RunOrchestrationAsync(context);

    [Function(nameof(TearDownEndpoint))]
    public Task<JsonElement?> RunTearDownEndpoint([OrchestrationTrigger] TaskOrchestrationContext context) => registry.RunOrchestrationAsync(context);
}
