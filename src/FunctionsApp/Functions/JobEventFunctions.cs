using FineTune.FunctionsApp.Configuration;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FineTune.FunctionsApp.Functions;

/// <summary>What Azure ML tells of jobs, through Event Grid and a queue: runs then look at once instead of at their next poll.</summary>
/// <param name="logger">The log.</param>
public sealed partial class JobEventFunctions(ILogger<JobEventFunctions> logger)
{
    /// <summary>The queue in the datasets' account that the workspace's events are delivered to.</summary>
    public const string Queue = "job-events";

    /// <summary>Wakes the run of a job that changed. An event that is none of ours is dropped: every run polls as well.</summary>
    /// <param name="message">The event.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>When the run has been told.</returns>
    [Function(nameof(JobChanged))]
    public async Task JobChanged(
        [QueueTrigger(Queue, Connection = DatasetsAccount.Connection)] string message, [DurableClient] DurableTaskClient client, FunctionContext context)
    {
        if (JobChange.Read(message) is not { } change)
        {
            LogUnknown();
        }
        else if (await context.Get<JobEvents>(client).HandleChangeAsync(change.JobName, context.CancellationToken))
        {
            LogTold(change.JobName, change.Status);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Job {Job} is {Status}: its run looks at it now.")]
    private partial void LogTold(string job, string? status);

    [LoggerMessage(2, LogLevel.Warning, "A message in the queue of job events is no event of Azure Machine Learning; it is dropped.")]
    private partial void LogUnknown();
}
