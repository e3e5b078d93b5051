using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Orchestrations;

/// <summary>
/// Watches a pipeline job to its end: polls at growing intervals, looks at once when told that the job changed, and begins
/// a new history every <see cref="Pacing.PollsPerHistory"/> polls, so that 21 days of training stay a short history.
/// Its custom status is the job's <see cref="JobProgress"/>.
/// </summary>
public sealed class WatchPipelineJob : Orchestration<JobWatch, Outcome<JobProgress>>
{
    /// <summary>The registered name.</summary>
    public static OrchestrationName<JobWatch, Outcome<JobProgress>> Name { get; } = new(nameof(WatchPipelineJob));

    /// <inheritdoc/>
    public override async Task<Outcome<JobProgress>> RunAsync(OrchestrationContext context, JobWatch input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        var shown = new JobProgress(new JobSnapshot(input.JobName, JobSnapshot.Unknown, JobState.Active), []);
        Task changed = context.WaitForExternalEvent<Unit>(RunEvents.JobStateChanged);
        for (int poll = input.Polls + 1; poll <= input.Polls + Pacing.PollsPerHistory; poll++)
        {
            Outcome<JobProgress> answer = await context.AttemptAsync(ReadJob.Name, new JobQuery(input.JobName, input.ExperimentName),
                stop: null, retry => context.SetCustomStatus(shown with { Retry = retry }));
            if (!answer.IsSuccess)
            {
                return answer;
            }

            JobProgress progress = shown = answer.Value;
            context.SetCustomStatus(progress);
            if (progress.Job.State != JobState.Active)
            {
                return answer;
            }

            if (context.CurrentUtcDateTime >= input.Deadline)
            {
                return Outcome<JobProgress>.Fail(OutcomeKind.Failed, new Failure(
                    "JobTimedOut", $"The job {input.JobName} is still '{progress.Job.Status}' at its deadline, {input.Deadline:u}.")
                {
                    Where = input.JobName,
                    NextStep = "Look at the job in Azure ML studio; train on fewer rows or larger machines.",
                });
            }

            if (await context.SleepAsync(Pacing.JobPolls.IntervalAfter(Math.Min(poll, 30)), changed))
            {
                changed = context.WaitForExternalEvent<Unit>(RunEvents.JobStateChanged);
            }
        }

        context.ContinueAsNew(input with { Polls = input.Polls + Pacing.PollsPerHistory });
        return Outcome<JobProgress>.Fail(OutcomeKind.Transient, new Failure("JobFailed", "Ignored: this execution goes on as a new one."));
    }
}
