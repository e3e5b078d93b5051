using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Runs;

/// <summary>Tells a run that its job changed, so that it looks at once instead of at its next poll.</summary>
/// <param name="orchestrations">The host's engine.</param>
public sealed class JobEvents(IOrchestrationClient orchestrations)
{
    /// <summary>Passes the news on.</summary>
    /// <param name="jobName">The job that changed, by its name in Azure ML.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>False when it is no run's job, or nobody watches it: then there is nobody to tell, and nothing is lost.</returns>
    public async Task<bool> HandleChangeAsync(string jobName, CancellationToken cancellationToken = default) =>
        ResourceNames.RunOfJob(jobName) is { } runId
        && await orchestrations.RaiseEventAsync(RunInstances.Watch(runId), RunEvents.JobStateChanged, Unit.Value, cancellationToken);
}
