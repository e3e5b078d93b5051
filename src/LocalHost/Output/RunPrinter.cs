using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Output;

/// <summary>Shows a run as it goes on: each call prints what is new since the last one.</summary>
/// <param name="screen">Where.</param>
internal sealed class RunPrinter(Screen screen)
{
    /// <summary>Where the text of a step begins; before it stands the time since the run's start.</summary>
    public const int Indent = 11;

    private const int BarWidth = 30;
    private readonly Dictionary<string, string> _jobSteps = new(StringComparer.Ordinal);
    private int _stepsBegun;
    private int _stepsEnded;
    private int _warnings;
    private int _epochs;
    private double? _firstLoss;
    private string? _retry;

    /// <summary>Prints what is new.</summary>
    /// <param name="run">The run as it stands.</param>
    public void Print(RunStatus run)
    {
        for (int i = Math.Min(_stepsEnded, run.Steps.Count); i < run.Steps.Count; i++)
        {
            RunStep step = run.Steps[i];
            if (i >= _stepsBegun)
            {
                PrintWarnings(run);
                _stepsBegun = i + 1;
                PrintBeginning(run, step);
            }

            if (step.State == RunState.Training)
            {
                PrintJob(run);
            }

            if (step.EndedAt is null)
            {
                break;
            }

            _stepsEnded = i + 1;
            if (step.Detail is not null)
            {
                screen.Write(step.Detail, Screen.Quiet, Indent);
            }
        }

        PrintWarnings(run);
        if (run.Retry?.Summary is { } retry && retry != _retry)
        {
            screen.Write($"! {retry}", Screen.Notice, Indent);
        }

        _retry = run.Retry?.Summary;
    }

    /// <summary>Time since the run's start, in its own clock.</summary>
    public static string Elapsed(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}");

    private void PrintBeginning(RunStatus run, RunStep step)
    {
        string text = step.State switch
        {
            RunState.Settling => $"Settling: a run.json may follow {run.DatasetPath}",
            RunState.Serving => $"Serving until {run.Endpoint?.ExpiresAt:yyyy-MM-dd HH:mm:ss} UTC",
            RunState.Deploying => $"Deploying to endpoint {run.Endpoint?.Name}",
            RunState.AwaitingApproval => "AwaitingApproval: a person decides",
            _ => step.State.ToString(),
        };
        Spectre.Console.Style style = step.State switch
        {
            RunState.Completed => Screen.Good,
            RunState.Failed => Screen.Bad,
            RunState.Canceled => Screen.Notice,
            _ => Screen.Strong,
        };
        screen.WriteLabelled($"+{Elapsed(step.StartedAt - run.StartedAt)}", text, style, Indent);
    }

    private void PrintWarnings(RunStatus run)
    {
        foreach (string warning in run.Warnings.Skip(_warnings))
        {
            screen.Write($"! {warning}", Screen.Notice, Indent);
        }

        _warnings = Math.Max(_warnings, run.Warnings.Count);
    }

    private void PrintJob(RunStatus run)
    {
        foreach (JobStep step in run.Job?.Job.Steps ?? [])
        {
            if (!_jobSteps.TryGetValue(step.Name, out string? before) || before != step.Status)
            {
                _jobSteps[step.Name] = step.Status;
                if (step.Status is "Running" or "Completed" or "Failed" or "Canceled")
                {
                    screen.Write($"{step.Name}: {step.Status}", step.Status == "Failed" ? Screen.Bad : Screen.Quiet, Indent);
                }
            }
        }

        // The last epoch may still get its evaluation: it waits until it has it, or the job ends.
        foreach (EpochLoss epoch in run.Job?.Epochs.Where(epoch => epoch.Epoch > _epochs).OrderBy(epoch => epoch.Epoch) ?? Enumerable.Empty<EpochLoss>())
        {
            bool isWhole = epoch.EvalLoss is not null && epoch.TrainLoss is not null;
            if (isWhole || run.Job!.Job.State != JobState.Active || run.Job.Epochs.Any(later => later.Epoch > epoch.Epoch))
            {
                _epochs = epoch.Epoch;
                PrintEpoch(epoch);
            }
        }
    }

    private void PrintEpoch(EpochLoss epoch)
    {
        double? loss = epoch.EvalLoss ?? epoch.TrainLoss;
        _firstLoss ??= loss;
        int length = loss is { } value && _firstLoss is > 0 && double.IsFinite(value)
            ? (int)Math.Clamp(Math.Round(value / _firstLoss.Value * BarWidth), 1, BarWidth)
            : 0;
        screen.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch.Epoch,2}  train {Loss(epoch.TrainLoss)}  eval {Loss(epoch.EvalLoss)}  {new string('#', length)}"),
            Screen.Good,
            Indent);
    }

    private static string Loss(double? loss) => loss is null ? "    -" : loss.Value.ToString("0.000", CultureInfo.InvariantCulture);
}
