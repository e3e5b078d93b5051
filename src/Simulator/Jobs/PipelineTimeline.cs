using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>
/// What a job looks like at a moment: a function of its document and of that moment, and of nothing else. A step that waits for a real
/// computation does not end before the computation is done; all later steps shift by the delay.
/// </summary>
internal static class PipelineTimeline
{
    private static readonly DateTimeOffset Never = DateTimeOffset.MaxValue;

    public static JobView At(JobRecord job, DateTimeOffset now)
    {
        JobStep[] steps = Effective(job);
        (int failingStep, DateTimeOffset failedAt, StoredError? error) = FirstFailure(job, steps);
        DateTimeOffset allDone = steps[^1].Ends;
        DateTimeOffset completedAt = allDone == Never ? Never : allDone + job.FinalizeTakes;
        DateTimeOffset stop = failedAt < completedAt ? failedAt : completedAt;
        bool canceling = job.CancelRequestedAt is { } requested && requested < stop && requested <= now;
        DateTimeOffset canceledAt = job.CanceledAt ?? Never;
        bool failed = !canceling && now >= failedAt;

        var views = new RunView[steps.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            JobStep step = steps[i];
            DateTimeOffset moment = canceling ? job.CancelRequestedAt!.Value : failed ? failedAt : now;
            string status = StatusOf(step, moment);
            DateTimeOffset? ended = status == RunStatus.Completed ? step.Ends : null;
            if (status != RunStatus.Completed && canceling)
            {
                (status, ended) = now >= canceledAt
                    ? (RunStatus.Canceled, canceledAt)
                    : (status == RunStatus.NotStarted ? status : RunStatus.CancelRequested, (DateTimeOffset?)null);
            }
            else if (status != RunStatus.Completed && failed)
            {
                (status, ended) = (i == failingStep ? RunStatus.Failed : RunStatus.Canceled, failedAt);
            }

            DateTimeOffset? started = step.Running <= moment ? step.Running : null;
            views[i] = new RunView(
                step.RunId, job.NodeRunId, step.Name, status, started, ended, failed && i == failingStep ? error : null, step.Compute, step.Component);
        }

        string overall = canceling
            ? now >= canceledAt ? RunStatus.Canceled : RunStatus.CancelRequested
            : failed ? RunStatus.Failed
            : now >= completedAt ? RunStatus.Completed
            : now >= allDone ? RunStatus.Finalizing
            : now >= job.PrepareEnds ? RunStatus.Running
            : RunStatus.Preparing;
        DateTimeOffset? end = overall switch
        {
            RunStatus.Canceled => canceledAt,
            RunStatus.Failed => failedAt,
            RunStatus.Completed => completedAt,
            _ => null,
        };
        StoredError? summary = failed
            ? new StoredError("UserError", $"The step '{steps[failingStep].Name}' failed. {error!.Message}", error.Code)
            : null;
        RunView root = new(job.Name, null, job.Name, overall, job.SubmittedAt, end, summary);
        string nodeStatus = overall == RunStatus.Preparing ? RunStatus.NotStarted : overall;
        RunView node = new(job.NodeRunId, job.Name, job.NodeName, nodeStatus, nodeStatus == RunStatus.NotStarted ? null : job.PrepareEnds, end, summary);
        return new JobView(root, node, views);
    }

    /// <summary>The moments at which the job's runs change their states, as far as they are known; not in order.</summary>
    public static IEnumerable<DateTimeOffset> Moments(JobRecord job)
    {
        JobStep[] steps = Effective(job);
        DateTimeOffset done = steps[^1].Ends;
        return steps
            .SelectMany(step => (DateTimeOffset[])[step.Queued, step.Preparing, step.Running, step.Finalizing, step.Ends])
            .Append(job.PrepareEnds)
            .Append(done == Never ? Never : done + job.FinalizeTakes)
            .Append(FirstFailure(job, steps).At)
            .Append(job.CancelRequestedAt ?? Never)
            .Append(job.CanceledAt ?? Never)
            .Where(moment => moment != Never);
    }

    /// <summary>The steps with the delays of their computations; a step whose computation is not done never ends.</summary>
    public static JobStep[] Effective(JobRecord job)
    {
        var steps = new JobStep[job.Steps.Length];
        TimeSpan? shift = TimeSpan.Zero;
        for (int i = 0; i < steps.Length; i++)
        {
            JobStep step = Shift(job.Steps[i], shift);
            if (job.Failure is { At: null } stuck && stuck.Step == i)
            {
                step = step with { Preparing = Never, Running = Never, Finalizing = Never, Ends = Never };
                shift = null;
            }
            else if (i is PipelineSteps.ValidationIndex or PipelineSteps.FineTuneIndex && shift is not null)
            {
                ComputationOutcome? outcome = i == PipelineSteps.ValidationIndex ? job.Data : job.Training;
                if (outcome is null)
                {
                    step = step with { Finalizing = Never, Ends = Never };
                    shift = null;
                }
                else if (outcome.EndsAt > step.Finalizing)
                {
                    shift += outcome.EndsAt - step.Finalizing;
                    step = step with { Finalizing = outcome.EndsAt, Ends = outcome.EndsAt + (step.Ends - step.Finalizing) };
                }
            }

            steps[i] = step;
        }

        return steps;
    }

    /// <summary>The job with the failure of the step that works on a cluster which is deleted, or none if no step needs the cluster any more.</summary>
    public static JobRecord? Interrupt(JobRecord job, string cluster, DateTimeOffset now)
    {
        JobView view = At(job, now);
        if (view.IsTerminal || view.Status == RunStatus.CancelRequested)
        {
            return null;
        }

        JobStep[] steps = Effective(job);
        for (int i = 0; i < steps.Length; i++)
        {
            if (steps[i].Ends > now && steps[i].Compute.Equals(cluster, StringComparison.OrdinalIgnoreCase))
            {
                // Not now but when its turn comes: a step that has not begun does not know yet.
                DateTimeOffset at = steps[i].Queued > now ? steps[i].Queued : now;
                StoredError error = new("UserError", $"The compute '{cluster}' was deleted while the job needed it.", "ComputeNotFound");
                return at == Never ? null : job with { Failure = new StepFailure(i, job.Steps[i].Queued + (at - steps[i].Queued), error) };
            }
        }

        return null;
    }

    private static JobStep Shift(JobStep step, TimeSpan? by) => by is { } delay
        ? step with
        {
            Queued = step.Queued + delay,
            Preparing = step.Preparing + delay,
            Running = step.Running + delay,
            Finalizing = step.Finalizing + delay,
            Ends = step.Ends + delay,
        }
        : step with { Queued = Never, Preparing = Never, Running = Never, Finalizing = Never, Ends = Never };

    private static (int Step, DateTimeOffset At, StoredError? Error) FirstFailure(JobRecord job, JobStep[] steps)
    {
        (int Step, DateTimeOffset At, StoredError? Error) first = (-1, Never, null);
        if (job.Failure is { At: { } planned } failure && steps[failure.Step].Queued != Never)
        {
            first = (failure.Step, planned + (steps[failure.Step].Queued - job.Steps[failure.Step].Queued), failure.Error);
        }

        foreach (StepFailure? found in (ReadOnlySpan<StepFailure?>)[job.Data?.Failure, job.Training?.Failure])
        {
            if (found is { At: { } at } && at < first.At)
            {
                first = (found.Step, at, found.Error);
            }
        }

        return first;
    }

    private static string StatusOf(JobStep step, DateTimeOffset now) =>
        now >= step.Ends ? RunStatus.Completed
        : now >= step.Finalizing ? RunStatus.Finalizing
        : now >= step.Running ? RunStatus.Running
        : now >= step.Preparing ? RunStatus.Preparing
        : now >= step.Queued ? RunStatus.Queued
        : RunStatus.NotStarted;
}
