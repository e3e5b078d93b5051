using System.Text.Json.Nodes;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Events;

/// <summary>
/// Changes of runs' states as Event Grid's events. What there is to tell follows from a job's document and from what was told before; times are
/// those of the changes, however late somebody looks.
/// </summary>
internal sealed class RunEvents(SimulatedWorkspace workspace, ResourceStore store, Computation computation, RunCatalog runs, RunHistoryRoutes history)
{
    private const string StatusChanged = "Microsoft.MachineLearningServices.RunStatusChanged";
    private const string RunCompleted = "Microsoft.MachineLearningServices.RunCompleted";

    /// <summary>The first change that was not told yet, with the events that tell it; none if there is none by now. The caller holds the store's gate.</summary>
    public RunChange? Next(DateTimeOffset now)
    {
        foreach (JobRecord job in store.All<JobRecord>().Where(job => !job.IsGone(now)).OrderBy(job => job.SubmittedAt))
        {
            RunCursorRecord cursor = Cursor(job) ?? new RunCursorRecord(job.Name, job.SubmittedAt, []);
            if (cursor.IsFinal)
            {
                continue;
            }

            // Looking marks the job as seen: nothing that is told here is taken back.
            computation.View(job, now);
            foreach (DateTimeOffset moment in PipelineTimeline.Moments(job).Prepend(job.SubmittedAt).Where(moment => moment >= cursor.Until && moment <= now).Order())
            {
                JobView view = PipelineTimeline.At(job, moment);
                foreach (RunView run in view.Runs.Reverse())
                {
                    if (run.Status != cursor.Statuses.GetValueOrDefault(run.RunId, RunStatus.NotStarted))
                    {
                        SortedDictionary<string, string> told = new(cursor.Statuses, StringComparer.Ordinal) { [run.RunId] = run.Status };
                        return new RunChange(
                            Describe(new CatalogedRun(job, view, run), moment),
                            new RunCursorRecord(job.Name, moment, told) { IsFinal = run.ParentRunId is null && RunStatus.IsTerminal(run.Status) });
                    }
                }
            }
        }

        return null;
    }

    /// <summary>When the next planned change is due; none if none is planned. The caller holds the store's gate.</summary>
    public DateTimeOffset? NextMoment(DateTimeOffset now)
    {
        DateTimeOffset next = store.All<JobRecord>()
            .Where(job => !job.IsGone(now) && Cursor(job)?.IsFinal != true)
            .SelectMany(PipelineTimeline.Moments)
            .Where(moment => moment > now)
            .DefaultIfEmpty(DateTimeOffset.MaxValue)
            .Min();
        return next == DateTimeOffset.MaxValue ? null : next;
    }

    /// <summary>The event by which Event Grid asks a webhook whether it wants its events.</summary>
    public JsonObject Validation(string code, string url, DateTimeOffset now)
    {
        JsonObject validation = Envelope("Microsoft.EventGrid.SubscriptionValidationEvent", "", now, new JsonObject
        {
            ["validationCode"] = code,
            ["validationUrl"] = url,
        });
        validation["dataVersion"] = "2";
        return validation;
    }

    /// <summary>That of an earlier job under the same name does not count.</summary>
    private RunCursorRecord? Cursor(JobRecord job) =>
        store.Find<RunCursorRecord>(RunCursorRecord.KeyOf(job.Name)) is { } cursor && cursor.Until >= job.SubmittedAt ? cursor : null;

    private JsonObject[] Describe(CatalogedRun found, DateTimeOffset moment)
    {
        string experiment = JobRoutes.ExperimentOf(found.Job);
        string subject = $"experiments/{runs.ExperimentId(experiment)}/runs/{found.Run.RunId}";
        JsonObject shown = history.Show(found);
        JsonObject data = new()
        {
            ["experimentId"] = runs.ExperimentId(experiment),
            ["experimentName"] = experiment,
            ["runId"] = found.Run.RunId,
            ["runType"] = shown.CopyOf("runType"),
            ["runTags"] = shown.CopyOf("tags"),
            ["runProperties"] = shown.CopyOf("properties"),
        };
        JsonObject changed = data.Copy();
        changed["runStatus"] = found.Run.Status;
        JsonObject change = Envelope(StatusChanged, subject, moment, changed);
        return found.Run.Status == RunStatus.Completed ? [change, Envelope(RunCompleted, subject, moment, data)] : [change];
    }

    private JsonObject Envelope(string type, string subject, DateTimeOffset time, JsonObject data) => new()
    {
        ["id"] = Guid.NewGuid().ToString(),
        ["topic"] = workspace.Path,
        ["subject"] = subject,
        ["eventType"] = type,
        ["eventTime"] = Stamp.Of(time),
        ["data"] = data,
        ["dataVersion"] = "",
        ["metadataVersion"] = "1",
    };
}
