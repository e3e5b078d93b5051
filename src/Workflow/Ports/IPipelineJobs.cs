using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Pipeline jobs of the workspace.</summary>
public interface IPipelineJobs
{
    /// <summary>Submits a job. The same specification under the same name again changes nothing.</summary>
    /// <param name="job">What to run.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The job as it stands.</returns>
    Task<JobSnapshot> SubmitAsync(PipelineJobSpec job, CancellationToken cancellationToken = default);

    /// <summary>Reads a job, its steps (run history) and, when it failed, the reason.</summary>
    /// <param name="name">The job's name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The job as it stands.</returns>
    Task<JobSnapshot> GetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Asks the service to cancel a job; does not wait. A job that ended, or never was, needs no cancelling.</summary>
    /// <param name="name">The job's name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that completes when the request is accepted.</returns>
    Task CancelAsync(string name, CancellationToken cancellationToken = default);
}
