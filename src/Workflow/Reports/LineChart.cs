using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Reports;

/// <summary>
/// A line chart over training steps. Everything is placed in percent and only the lines themselves are stretched,
/// so that text keeps its size on every width.
/// </summary>
internal static class LineChart
{
    // Half of a text line's height in percent of the plot's: labels closer than this would overlap.
    private const double LabelDistance = 7;

    // With fewer points than this, each gets a mark.
    private const int MarkedPoints = 40;

    /// <summary>Draws lines into one chart.</summary>
    /// <param name="id">The chart's id on the page.</param>
    /// <param name="title">Its heading.</param>
    /// <param name="lines">The lines; those without a finite value are only named.</param>
    /// <returns>The chart; nothing when no value was logged.</returns>
    public static Html Render(string id, string title, IReadOnlyList<ChartLine> lines)
    {
        MetricPoint[] points = [.. lines.SelectMany(line => line.Points)];
        long[] steps = [.. points.Select(point => point.Step), .. lines.SelectMany(line => line.NotFinite)];
        if (steps.Length == 0)
        {
            return default;
        }

        Html plot = default;
        if (points.Length > 0)
        {
            var x = Axis.OfSteps(steps.Min(), steps.Max());
            var y = Axis.OfValues(points.Min(point => point.Value), points.Max(point => point.Value));
            plot = Plot(id, title, [.. lines.Where(line => line.Points.Count > 0)], x, y, lines.SelectMany(line => line.NotFinite));
        }

        return Html.Of($"""
            <figure class="chart {id}">
            <figcaption><h3>{title}</h3>
            <ul class="legend">
            {Html.Each(lines.Where(line => line.Finite + line.NotFinite.Count > 0), Legend)}
            </ul></figcaption>
            {plot}
            </figure>
            """);
    }

    private static Html Legend(ChartLine line) => Html.Of($"""
        <li><svg class="swatch" width="28" height="10" aria-hidden="true"><line class="line {line.Style}" x1="1" y1="5" x2="27" y2="5"/></svg>
        {Summary(line)}</li>
        """);

    private static string Summary(ChartLine line)
    {
        string bad = line.NotFinite.Count == 0 ? "" : $"; {Words.Count(line.NotFinite.Count, "value")} not finite, marked × at the top";
        if (line.Points.Count == 0)
        {
            return $"{line.Name}: {Words.Count(line.NotFinite.Count, "value")} logged, none a finite number";
        }

        MetricPoint lowest = line.Points.MinBy(point => point.Value)!;
        string course = line.Points.Count == 1
            ? $"{Words.Number(line.Points[0].Value)} at step {Step(line.Points[0])}"
            : $"{Words.Number(line.Points[0].Value)} at step {Step(line.Points[0])}, {Words.Number(line.Points[^1].Value)} at step {Step(line.Points[^1])}, "
                + $"lowest {Words.Number(lowest.Value)} at step {Step(lowest)}";
        string thinned = line.Points.Count == line.Finite ? "" : $"; {Words.Count(line.Points.Count, "point")} drawn of {Words.Count(line.Finite, "value")}";
        return $"{line.Name}: {course}{thinned}{bad}";
    }

    private static Html Plot(string id, string title, ChartLine[] lines, Axis x, Axis y, IEnumerable<long> notFinite) => Html.Of($"""
        <div class="plot"><svg role="img" aria-labelledby="{id}-title {id}-desc">
        <title id="{id}-title">{title}</title>
        <desc id="{id}-desc">{string.Join(". ", lines.Select(Summary))}.</desc>
        {Html.Each(y.Ticks(), tick => Html.Of($"""
            <line class="grid" x1="0" x2="100%" y1="{Down(tick.Share)}%" y2="{Down(tick.Share)}%"/><text class="y" x="0" dx="-8" y="{Down(tick.Share)}%" dy="4">{tick.Label}</text>
            """))}
        {Html.Each(x.Ticks(), tick => Html.Of($"""
            <line class="grid" x1="{100 * tick.Share}%" x2="{100 * tick.Share}%" y1="0" y2="100%"/><text class="x" x="{100 * tick.Share}%" y="100%" dy="18">{tick.Label}</text>
            """))}
        <text class="x unit" x="50%" y="100%" dy="36">training step</text>
        <svg viewBox="0 0 1000 1000" preserveAspectRatio="none">
        {Html.Each(lines, line => Html.Of($"""<path class="line {line.Style}" d="{PathData(line, x, y)}"/>"""))}
        </svg>
        {Html.Each(lines.Where(line => line.Points.Count <= MarkedPoints).SelectMany(line => line.Points, (line, point) => (line, point)), mark => Html.Of($"""
            <circle class="mark {mark.line.Style}" cx="{100 * x.Share(mark.point.Step)}%" cy="{Down(y.Share(mark.point.Value))}%" r="3"/>
            """))}
        {Html.Each(notFinite.Select(step => Math.Round(200 * x.Share(step)) / 2).Distinct(), at => Html.Of($"""<text class="bad" x="{at}%" y="0" dy="4">×</text>"""))}
        {Html.Each(EndLabels(lines, y), label => Html.Of($"""<text class="end {label.Style}" x="100%" dx="8" y="{label.Down}%" dy="4">{label.Text}</text>"""))}
        </svg></div>
        """);

    // A line is interrupted where a value between two drawn ones is not finite. "h0" makes a dot of a point that stands alone.
    private static Html PathData(ChartLine line, Axis x, Axis y)
    {
        int gap = 0;
        return Html.Each(line.Points.Index(), item =>
        {
            int before = gap;
            while (gap < line.NotFinite.Count && line.NotFinite[gap] <= item.Item.Step)
            {
                gap++;
            }

            double across = 1000 * x.Share(item.Item.Step);
            double down = 10 * Down(y.Share(item.Item.Value));
            return item.Index == 0 || gap > before ? Html.Of($"M{across} {down}h0") : Html.Of($"L{across} {down}");
        });
    }

    private static IEnumerable<(string Style, double Down, string Text)> EndLabels(ChartLine[] lines, Axis y)
    {
        double last = double.NegativeInfinity;
        foreach (ChartLine line in lines.OrderByDescending(line => line.Points[^1].Value))
        {
            last = Math.Max(last + LabelDistance, Down(y.Share(line.Points[^1].Value)));
            yield return (line.Style, last, $"{line.Name} {Words.Number(line.Points[^1].Value)}");
        }
    }

    private static double Down(double share) => 100 * (1 - share);

    private static string Step(MetricPoint point) => point.Step.ToString("N0", CultureInfo.InvariantCulture);
}
