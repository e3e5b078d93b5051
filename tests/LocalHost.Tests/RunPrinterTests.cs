using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Tests;

public sealed class RunPrinterTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
    private readonly StringWriter _writer = new();
    private readonly RunPrinter _printer;

    public RunPrinterTests()
    {
        _printer = new RunPrinter(Screen.On(_writer, isTerminal: false));
    }

    [Fact]
    public void Each_step_is_told_once_with_its_time_and_its_outcome_when_it_has_ended()
    {
        RunStep planning = new(RunState.Planning, Start);
        _printer.Print(Run(planning));
        _printer.Print(Run(planning));
        Assert.Equal(["+0:00:00   Planning"], TakeLines());

        RunStep planned = planning with { EndedAt = Start.AddMinutes(1), Detail = "a plan" };
        _printer.Print(Run(planned, new RunStep(RunState.PreparingDataset, Start.AddMinutes(1))));
        Assert.Equal(["           a plan", "+0:01:00   PreparingDataset"], TakeLines());
    }

    [Fact]
    public void Steps_that_passed_between_two_looks_are_told_in_order()
    {
        _printer.Print(Run(
            new RunStep(RunState.Planning, Start, Start.AddSeconds(1), "a plan"),
            new RunStep(RunState.PreparingDataset, Start.AddSeconds(1), Start.AddHours(25), "rows"),
            new RunStep(RunState.Failed, Start.AddHours(25), Start.AddHours(25))));

        Assert.Equal(
            ["+0:00:00   Planning", "           a plan", "+0:00:01   PreparingDataset", "           rows", "+25:00:00  Failed"], TakeLines());
    }

    [Fact]
    public void Warnings_are_told_once_before_the_next_step()
    {
        RunStatus run = Run(new RunStep(RunState.Planning, Start)) with { Warnings = ["careful"] };
        _printer.Print(run);
        _printer.Print(run with { Steps = [.. run.Steps, new RunStep(RunState.PreparingDataset, Start)] });

        Assert.Equal(1, TakeLines().Count(line => line.Contains("! careful", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_call_that_is_tried_again_is_told_once_for_each_attempt()
    {
        var retry = new RetryStatus("PlanRun", 1, Start, Start.AddSeconds(5), Start.AddHours(1), new Failure("ServiceUnreachable", "No route."));
        RunStatus run = Run(new RunStep(RunState.Planning, Start)) with { Retry = retry };
        _printer.Print(run);
        _printer.Print(run);
        Assert.Equal(
            "! PlanRun has failed once since 2026-11-22 08:00:00Z and is tried again at 2026-11-22 08:00:05Z, until about 2026-11-22 09:00:00Z. ServiceUnreachable: No route.",
            string.Join(' ', TakeLines()[1..].Select(line => line.Trim())));

        _printer.Print(run with { Retry = retry with { Attempts = 2 } });
        Assert.Contains("failed 2 times", TakeLines()[0], StringComparison.Ordinal);

        _printer.Print(run with { Retry = null });
        Assert.Empty(TakeLines());
    }

    [Fact]
    public void An_epoch_is_told_once_when_it_has_both_losses()
    {
        _printer.Print(Training(JobState.Active, new EpochLoss(1, 4.0, null)));
        Assert.DoesNotContain(TakeLines(), line => line.Contains("epoch", StringComparison.Ordinal));

        _printer.Print(Training(JobState.Active, new EpochLoss(1, 4.0, 3.0), new EpochLoss(2, 2.0, null)));
        _printer.Print(Training(JobState.Completed, new EpochLoss(1, 4.0, 3.0), new EpochLoss(2, 2.0, 1.5)));

        string[] lines = TakeLines();
        Assert.Equal("epoch  1  train 4.000  eval 3.000  ##############################", lines[0].Trim());
        Assert.Equal("epoch  2  train 2.000  eval 1.500  ###############", lines[1].Trim());
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public void An_epoch_without_evaluation_is_told_when_the_next_one_has_begun()
    {
        _printer.Print(Training(JobState.Active, new EpochLoss(1, 4.0, null), new EpochLoss(2, 3.0, null)));

        Assert.Equal("epoch  1  train 4.000  eval     -  ##############################", TakeLines()[^1].Trim());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    public void A_loss_that_is_no_use_as_a_bar_is_shown_without_one(double loss)
    {
        _printer.Print(Training(JobState.Completed, new EpochLoss(1, loss, loss)));

        Assert.DoesNotContain('#', TakeLines()[^1]);
    }

    [Fact]
    public void Steps_of_the_job_are_told_as_they_change()
    {
        _printer.Print(Training(JobState.Active) with { Job = new JobProgress(Job(JobState.Active, ("import", "Queued"), ("train", "NotStarted")), []) });
        _printer.Print(Training(JobState.Active) with { Job = new JobProgress(Job(JobState.Active, ("import", "Running"), ("train", "NotStarted")), []) });
        _printer.Print(Training(JobState.Active) with { Job = new JobProgress(Job(JobState.Active, ("import", "Completed"), ("train", "Running")), []) });

        Assert.Equal(["import: Running", "import: Completed", "train: Running"], TakeLines()[1..].Select(line => line.Trim()));
    }

    private static RunStatus Run(params RunStep[] steps) => new()
    {
        RunId = "run-1",
        State = steps[^1].State,
        StartedAt = Start,
        UpdatedAt = Start,
        Steps = steps,
    };

    private static RunStatus Training(JobState state, params EpochLoss[] epochs) =>
        Run(new RunStep(RunState.Training, Start)) with { Job = new JobProgress(Job(state), epochs) };

    private static JobSnapshot Job(JobState state, params (string Name, string Status)[] steps) =>
        new("job", state.ToString(), state) { Steps = [.. steps.Select(step => new JobStep(step.Name, step.Status))] };

    private string[] TakeLines()
    {
        string[] lines = [.. _writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd())];
        _writer.GetStringBuilder().Clear();
        return lines;
    }
}
