using System.Globalization;
using System.Xml.Linq;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Reports;

namespace FineTune.Workflow.Tests.Reports;

/// <summary>Runs to report on, and ways to look at the page.</summary>
internal static class ReportSamples
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A run in which everything that can be on the page is there; every text from outside is <paramref name="text"/>.</summary>
    public static RunStatus Full(string text = "text", RunState state = RunState.Failed) => new()
    {
        RunId = text,
        State = state,
        StartedAt = Start,
        UpdatedAt = Start.AddMinutes(90),
        DisplayName = text,
        DatasetPath = text,
        DatasetReportUri = text,
        Steps =
        [
            new(RunState.Planning, Start, Start.AddSeconds(6), text),
            new(RunState.Training, Start.AddSeconds(6), Start.AddMinutes(80), text),
            new(RunState.TearingDown, Start.AddMinutes(80), null, text),
        ],
        Findings = [new(text, text, 17, text) { Column = 41, Path = text }],
        Job = new JobProgress(
            new JobSnapshot(text, text, JobState.Failed) { StudioUrl = text, Steps = [new(text, text)], Error = new Failure(text, text) },
            [new EpochLoss(1, 1.5, null)]),
        Model = new RegisteredModel(text, text, text),
        Endpoint = new EndpointStatus(text, text, text, Start.AddHours(4)),
        SmokeTest = new SmokeTestSummary(1, TimeSpan.FromSeconds(2), text),
        Failure = new Failure(text, text) { Where = text, NextStep = text, UpstreamCode = text, RequestId = text },
        Warnings = [text],
    };

    public static IReadOnlyList<MetricSeries> Curves(string text = "text") =>
    [
        Curve("epoch", (10, 1), (20, 2)), Curve("loss", (10, 2), (20, 1)), Curve("eval_loss", (10, 2.5), (20, 1.5)), Curve("learning_rate", (10, 2e-5), (20, 0)),
        new(text, text, [new(1, 1)]),
    ];

    public static MetricSeries Curve(string key, params (long Step, double Value)[] points) =>
        new("trainer", key, [.. points.Select(point => new MetricPoint(point.Step, point.Value))]);

    public static IReadOnlyList<SmokeTestAnswer> Answers(string text = "text") => [new(text, text, text, 1.25)];

    public static XElement Page(RunStatus status, IReadOnlyList<MetricSeries>? curves = null, IReadOnlyList<SmokeTestAnswer>? answers = null) =>
        XDocument.Parse(RunReportPage.Render(status, curves ?? [], answers ?? []), LoadOptions.PreserveWhitespace).Root!;

    public static XElement PageOf(string text) => Page(Full(text), Curves(text), Answers(text));

    public static XElement PageWith(params MetricSeries[] curves) => Page(Full(), curves);

    public static string? Class(this XElement element) => element.Attribute("class")?.Value;

    public static XElement? Chart(this XElement page, string id) => page.Descendants("figure").SingleOrDefault(figure => figure.Class() == $"chart {id}");

    /// <summary>The numbers that place something in a drawing.</summary>
    public static IEnumerable<double> Coordinates(this XElement page) => page.Descendants("svg").Descendants().Attributes()
        .Where(attribute => attribute.Name.LocalName is "x" or "y" or "x1" or "x2" or "y1" or "y2" or "cx" or "cy" or "width" or "height" or "d")
        .SelectMany(attribute => attribute.Value.Split(['M', 'L', ' ', '%', '\n'], StringSplitOptions.RemoveEmptyEntries))
        .Select(number => double.Parse(number.Replace("h0", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture));

    /// <summary>The points of a line, as drawn into a square of 1,000 by 1,000 from its upper left.</summary>
    public static IReadOnlyList<(double Across, double Down)> Drawn(this XElement page, string style) =>
    [
        .. page.Descendants("path").Single(path => path.Class() == $"line {style}").Attribute("d")!.Value
            .Replace("h0", "", StringComparison.Ordinal)
            .Split(['M', 'L', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Select(point => point.Split(' '))
            .Select(point => (double.Parse(point[0], CultureInfo.InvariantCulture), double.Parse(point[1], CultureInfo.InvariantCulture))),
    ];
}
