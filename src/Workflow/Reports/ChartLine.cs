using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Reports;

/// <summary>A line of a chart, thinned out so that it can be drawn.</summary>
internal sealed record ChartLine
{
    /// <summary>Points at most that are drawn of a line: about as many as a page has room for.</summary>
    private const int MaxPoints = 400;

    /// <summary>Prepares a curve for drawing.</summary>
    /// <param name="name">What people call it.</param>
    /// <param name="style">Its class in the style sheet.</param>
    /// <param name="points">The logged values.</param>
    public ChartLine(string name, string style, IReadOnlyList<MetricPoint> points)
    {
        Name = name;
        Style = style;
        MetricPoint[] finite = [.. points.Where(point => double.IsFinite(point.Value)).OrderBy(point => point.Step)];
        Finite = finite.Length;
        Points = Thin(finite);
        NotFinite = [.. points.Where(point => !double.IsFinite(point.Value)).Select(point => point.Step).Order()];
    }

    public string Name { get; }

    public string Style { get; }

    /// <summary>How many finite values were logged.</summary>
    public int Finite { get; }

    /// <summary>Finite values in the order of their steps: the first, the last, and every peak and dip that shows.</summary>
    public IReadOnlyList<MetricPoint> Points { get; }

    /// <summary>Steps whose value is NaN or infinite, in order.</summary>
    public IReadOnlyList<long> NotFinite { get; }

    // Lowest and highest of equal stretches: unlike every n-th point, this keeps each spike.
    private static MetricPoint[] Thin(MetricPoint[] points)
    {
        if (points.Length <= MaxPoints)
        {
            return points;
        }

        const int Stretches = (MaxPoints - 2) / 2;
        var kept = new List<MetricPoint>(MaxPoints) { points[0] };
        for (int stretch = 0; stretch < Stretches; stretch++)
        {
            int from = 1 + (int)((long)(points.Length - 2) * stretch / Stretches);
            int to = 1 + (int)((long)(points.Length - 2) * (stretch + 1) / Stretches);
            (int low, int high) = (from, from);
            for (int at = from + 1; at < to; at++)
            {
                low = points[at].Value < points[low].Value ? at : low;
                high = points[at].Value > points[high].Value ? at : high;
            }

            kept.Add(points[Math.Min(low, high)]);
            if (low != high)
            {
                kept.Add(points[Math.Max(low, high)]);
            }
        }

        kept.Add(points[^1]);
        return [.. kept];
    }
}
