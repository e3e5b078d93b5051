using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Asks the service to cancel the job. A job that ended, or never was, is fine.</summary>
/// <param name="jobs">The workspace's jobs.</param>
public sealed class CancelJob(IPipelineJobs jobs) : WorkflowActivity<string, Unit>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<string, Outcome<Unit>> Name { get; } = new(nameof(CancelJob));

    /// <inheritdoc/>
    protected override async Task<Unit> DoAsync(string input, CancellationToken cancellationToken)
    {
        await jobs.CancelAsync(input, cancellationToken);
        return Unit.Value;
    }
}
