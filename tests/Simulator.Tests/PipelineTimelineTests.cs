using System.Text.Json.Nodes;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Tests;

public sealed class PipelineTimelineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, int> Rank = new()
    {
        [RunStatus.NotStarted] = 0,
        [RunStatus.Queued] = 1,
        [RunStatus.Preparing] = 2,
        [RunStatus.Running] = 3,
        [RunStatus.Finalizing] = 4,
        [RunStatus.CancelRequested] = 5,
        [RunStatus.Completed] = 6,
        [RunStatus.Failed] = 6,
        [RunStatus.Canceled] = 6,
    };

    /// <summary>Whatever becomes of a job, a client that looks at it again and again sees a story that makes sense.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Job_never_goes_back_and_its_runs_end_with_it(int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 500; i++)
        {
            JobRecord job = RandomJob(random);
            JobView? before = null;
            for (TimeSpan at = TimeSpan.Zero; at < TimeSpan.FromHours(5); at += TimeSpan.FromMinutes(random.Next(1, 20)))
            {
                JobView now = PipelineTimeline.At(job, Start + at);
                Check(now, job, at);
                if (before is not null)
                {
                    foreach ((RunView earlier, RunView later) in before.Runs.Zip(now.Runs))
                    {
                        Assert.True(Rank[later.Status] >= Rank[earlier.Status], $"{later.Name}: {earlier.Status}, then {later.Status} after {at} in {job}");
                        Assert.True(Rank[earlier.Status] < 6 || earlier == later, $"{later.Name} changed after its end: {earlier}, then {later}");
                    }
                }

                before = now;
            }
        }
    }

    [Fact]
    public void Late_computation_shifts_everything_after_it()
    {
        JobRecord plan = Job([10, 10, 10, 10, 10]);
        JobRecord punctual = plan with { Data = new(plan.Steps[0].Finalizing), Training = new(plan.Steps[3].Finalizing) };
        TimeSpan delay = TimeSpan.FromMinutes(7);
        JobRecord late = punctual with { Training = new(plan.Steps[3].Finalizing + delay) };
        DateTimeOffset end = Start + TimeSpan.FromHours(9);

        JobView onTime = PipelineTimeline.At(punctual, end);
        JobView shifted = PipelineTimeline.At(late, end);

        Assert.Equal(onTime.Root.Ended + delay, shifted.Root.Ended);
        Assert.Equal(onTime.Steps[3].Started, shifted.Steps[3].Started);
        Assert.Equal(onTime.Steps[4].Started + delay, shifted.Steps[4].Started);
    }

    [Fact]
    public void Step_whose_computation_is_not_done_runs_on()
    {
        JobRecord plan = Job([10, 10, 10, 10, 10]);
        JobRecord training = plan with { Data = new(plan.Steps[0].Finalizing) };

        JobView view = PipelineTimeline.At(training, Start + TimeSpan.FromDays(20));

        Assert.Equal(["Completed", "Completed", "Completed", "Running", "NotStarted"], view.Steps.Select(step => step.Status));
        Assert.Equal("Running", view.Status);
    }

    private static void Check(JobView view, JobRecord job, TimeSpan at)
    {
        foreach (RunView run in view.Runs)
        {
            bool ended = RunStatus.IsTerminal(run.Status);
            Assert.True(ended == run.Ended is not null, $"{run} after {at} in {job}");
            Assert.True(run.Ended is null || run.Started is null || run.Started <= run.Ended, run.ToString());
            Assert.True(run.Status != RunStatus.Failed || run.Error is not null, run.ToString());
            Assert.True(!view.IsTerminal || ended, $"{run} goes on after the job's end");
        }

        for (int i = 1; i < view.Steps.Length; i++)
        {
            Assert.True(Rank[view.Steps[i].Status] is 0 or 5 or 6 || view.Steps[i - 1].Status == RunStatus.Completed, $"step {i} does not wait for the one before it in {job}");
        }
    }

    private static JobRecord RandomJob(Random random)
    {
        JobRecord job = Job([.. Enumerable.Range(0, 5).Select(_ => random.Next(0, 30))]);
        TimeSpan Minutes(int most) => TimeSpan.FromMinutes(random.Next(0, most));
        if (random.Next(4) > 0)
        {
            job = job with { Data = new(job.Steps[0].Finalizing + (random.Next(2) == 0 ? Minutes(20) : TimeSpan.Zero)) };
            if (random.Next(4) == 0)
            {
                JobStep failing = PipelineTimeline.Effective(job)[2];
                job = job with { Data = job.Data with { Failure = new StepFailure(2, failing.Running, Error) } };
            }
            else if (random.Next(4) > 0)
            {
                JobStep training = PipelineTimeline.Effective(job)[3];
                TimeSpan work = job.Steps[3].Finalizing - job.Steps[3].Running;
                job = job with { Training = new(training.Running + work + Minutes(20)) };
                if (random.Next(4) == 0)
                {
                    job = job with { Training = job.Training with { Failure = new StepFailure(3, training.Running + (work / 2), Error) } };
                }
            }
        }

        if (random.Next(4) == 0)
        {
            int step = random.Next(5);
            job = job with { Failure = new StepFailure(step, random.Next(3) == 0 ? null : job.Steps[step].Running, Error) };
        }

        if (random.Next(3) == 0)
        {
            DateTimeOffset requested = Start + Minutes(200);
            job = job with { CancelRequestedAt = requested, CanceledAt = requested.AddMinutes(1) };
        }

        return job;
    }

    private static StoredError Error { get; } = new("UserError", "something broke", "Broken");

    private static JobRecord Job(int[] work)
    {
        var steps = new JobStep[work.Length];
        DateTimeOffset at = Start.AddMinutes(1);
        for (int i = 0; i < steps.Length; i++)
        {
            DateTimeOffset running = at.AddMinutes(2);
            steps[i] = new JobStep(PipelineSteps.All[i].Name, "c", $"run-{i}", "cluster", at, at.AddMinutes(1), running, running.AddMinutes(work[i]), running.AddMinutes(work[i] + 1));
            at = steps[i].Ends;
        }

        return new JobRecord("job", new JsonObject(), "", "node", "node-run", [], Start, Start.AddMinutes(1), TimeSpan.FromMinutes(1), steps);
    }
}
