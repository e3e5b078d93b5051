using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>A run with the job that it belongs to.</summary>
internal sealed record CatalogedRun(JobRecord Job, JobView View, RunView Run);

/// <summary>Finds runs of all jobs by id. Callers hold the store's gate.</summary>
internal sealed class RunCatalog(SimulatedWorkspace workspace, ResourceStore store, Computation computation)
{
    public CatalogedRun? Find(string runId, DateTimeOffset now)
    {
        foreach (JobRecord job in Jobs(now))
        {
            if (job.Name.Equals(runId, StringComparison.OrdinalIgnoreCase) || job.NodeRunId == runId || Array.Exists(job.Steps, step => step.RunId == runId))
            {
                JobView view = computation.View(job, now);
                return new CatalogedRun(job, view, view.Runs.First(run => run.RunId.Equals(runId, StringComparison.OrdinalIgnoreCase)));
            }
        }

        return null;
    }

    /// <summary>All runs, those of the youngest job first, parents before children.</summary>
    public IEnumerable<CatalogedRun> All(DateTimeOffset now)
    {
        foreach (JobRecord job in Jobs(now).OrderByDescending(job => job.SubmittedAt))
        {
            JobView view = computation.View(job, now);
            foreach (RunView run in view.Runs)
            {
                yield return new CatalogedRun(job, view, run);
            }
        }
    }

    public string ExperimentId(string name) => workspace.IdOf("experiments", name).ToString();

    /// <summary>Names of the experiments, each once.</summary>
    public IEnumerable<string> Experiments(DateTimeOffset now) => Jobs(now).Select(JobRoutes.ExperimentOf).Distinct(StringComparer.Ordinal);

    private IEnumerable<JobRecord> Jobs(DateTimeOffset now) => store.All<JobRecord>().Where(job => !job.IsGone(now));
}
