using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Reports;

/// <summary>The states that a run went through, as bars over one scale of time.</summary>
internal static class Timeline
{
    private const int MaxTicks = 5;

    private static readonly TimeSpan[] TickDistances =
    [
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(seconds => TimeSpan.FromSeconds(seconds)),
        .. new[] { 1, 2, 5, 10, 15, 30 }.Select(minutes => TimeSpan.FromMinutes(minutes)),
        .. new[] { 1, 2, 3, 6, 12 }.Select(hours => TimeSpan.FromHours(hours)),
    ];

    /// <summary>Draws the steps of a run. A step without an end lasts until the status was set.</summary>
    /// <param name="status">The run.</param>
    /// <returns>The bars; a sentence when there is no step.</returns>
    public static Html Render(RunStatus status)
    {
        // How it ended is the page's heading, not a stretch of time.
        RunStep[] steps = [.. status.Steps.Where(step => !RunTransitions.IsTerminal(step.State))];
        if (steps.Length == 0)
        {
            return Html.Of($"<p>No step was begun.</p>");
        }

        DateTimeOffset start = steps.Min(step => step.StartedAt);
        TimeSpan total = steps.Max(step => End(step, status)) - start;
        total = total > TimeSpan.Zero ? total : TimeSpan.FromSeconds(1);
        double Percent(DateTimeOffset moment) => Math.Clamp(100 * ((moment - start) / total), 0, 100);

        TimeSpan[] ticks = [.. Ticks(total)];
        Html grid = Html.Each(ticks, tick => Html.Of($"""<line class="grid" x1="{100 * (tick / total)}%" x2="{100 * (tick / total)}%" y1="0" y2="100%"/>"""));
        RunStep? stopped = status.State is RunState.Failed or RunState.Canceled ? Array.FindLast(steps, step => step.State != RunState.TearingDown) : null;
        Html Row(RunStep step)
        {
            string note = ReferenceEquals(step, stopped) ? $"{Words.State(status.State)} here".ToLowerInvariant()
                : step.EndedAt is null && !RunTransitions.IsTerminal(status.State) ? "under way" : "";
            string duration = Words.Duration(End(step, status) - step.StartedAt);
            double from = Percent(step.StartedAt);
            return Html.Of($"""
                <li>
                <div class="what"><b>{Words.State(step.State)}</b> <em class="{Style(step, stopped)}">{note}</em></div>
                <svg role="img"><title>{Words.State(step.State)}: {duration} from {Words.Clock(step.StartedAt)} UTC</title>{grid}
                <rect class="bar {Style(step, stopped)}" x="{from}%" y="20%" width="{Percent(End(step, status)) - from}%" height="60%" rx="2"/></svg>
                <div class="took">{duration}</div>
                <div class="detail"><span>{Words.Clock(step.StartedAt)}</span> {step.Detail}</div>
                </li>
                """);
        }

        return Html.Of($"""
            <ol class="timeline">
            {Html.Each(steps, Row)}
            </ol>
            <div class="timeline scale" aria-hidden="true"><svg>
            {Html.Each(ticks, tick => Html.Of($"""<text class="{Anchor(tick / total)}" x="{100 * (tick / total)}%" y="14">{Words.Duration(tick)}</text>"""))}
            </svg></div>
            """);
    }

    // The outer labels stay inside the scale.
    private static string Anchor(double share) => share switch { 0 => "first", > 0.9 => "y", _ => "x" };

    private static string Style(RunStep step, RunStep? stopped) =>
        ReferenceEquals(step, stopped) ? "stopped"
        : step.State switch
        {
            RunState.AwaitingApproval or RunState.Settling => "waiting",
            RunState.Serving => "serving",
            RunState.TearingDown => "removing",
            _ => "working",
        };

    private static DateTimeOffset End(RunStep step, RunStatus status) =>
        (step.EndedAt ?? status.UpdatedAt) is var end && end > step.StartedAt ? end : step.StartedAt;

    private static IEnumerable<TimeSpan> Ticks(TimeSpan total)
    {
        TimeSpan distance = Array.Find(TickDistances, distance => total / distance <= MaxTicks);
        distance = distance > TimeSpan.Zero ? distance : TimeSpan.FromDays(Math.Max(1, Math.Ceiling(total.TotalDays / MaxTicks)));
        for (TimeSpan tick = TimeSpan.Zero; tick <= total; tick += distance)
        {
            yield return tick;
        }
    }
}
