using System.Globalization;
using System.Xml.Linq;
using FineTune.Workflow.Contracts;
using static FineTune.Workflow.Tests.Reports.ReportSamples;

namespace FineTune.Workflow.Tests.Reports;

public sealed class TimelineTests
{
    [Fact]
    public void Bars_share_one_scale_and_carry_duration_start_and_detail()
    {
        XElement[] rows = Rows(Run(RunState.Completed, 100, Step(RunState.Planning, 0, 10, "7B"), Step(RunState.Training, 10, 60, "job"), Step(RunState.Serving, 60, null)));

        Assert.Equal([(0.0, 10.0), (10.0, 50.0), (60.0, 40.0)], rows.Select(Bar));
        Assert.Equal(["10 min", "50 min", "40 min"], rows.Select(Took));
        Assert.Equal("08:10:00 job", rows[1].Elements("div").Last().Value.Trim());
        Assert.Equal("Training: 50 min from 08:10:00 UTC", rows[1].Descendants("title").Single().Value);
    }

    [Theory]
    [InlineData(RunState.Failed, "failed here")]
    [InlineData(RunState.Canceled, "canceled here")]
    public void Step_that_a_run_stopped_in_is_marked_in_words(RunState end, string expected)
    {
        XElement[] rows = Rows(Run(end, 9, Step(RunState.Planning, 0, 1), Step(RunState.Training, 1, 8), Step(RunState.TearingDown, 8, 9), Step(end, 9, 9)));

        Assert.Equal(["", expected, ""], rows.Select(row => row.Descendants("em").Single().Value));
    }

    [Fact]
    public void Step_without_an_end_is_under_way_until_the_status_was_set()
    {
        XElement[] rows = Rows(Run(RunState.Training, 30, Step(RunState.Planning, 0, 10), Step(RunState.Training, 10, null)));

        Assert.Equal("under way", rows[1].Descendants("em").Single().Value);
        Assert.Equal("20 min", Took(rows[1]));
    }

    [Fact]
    public void Steps_whose_clock_ran_backwards_have_no_negative_length()
    {
        XElement page = Page(Run(RunState.Training, -5, Step(RunState.Planning, 0, -3), Step(RunState.Training, -3, null)));

        Assert.All(page.Coordinates(), value => Assert.InRange(value, 0, 1_000));
        Assert.Equal(["0 s", "0 s"], page.Descendants("li").Where(row => row.Elements("svg").Any()).Select(Took));
    }

    [Theory]
    [InlineData(0.0, "0 s")]
    [InlineData(0.44, "0.4 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(9.96, "9.9 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(3_599, "59 min 59 s")]
    [InlineData(8_040, "2 h 14 min")]
    [InlineData(86_399, "23 h 59 min")]
    [InlineData(1_814_400, "21 d")]
    [InlineData(1_900_000, "21 d 23 h")]
    public void Duration_is_told_in_its_two_largest_units(double seconds, string expected) =>
        Assert.Equal(expected, Took(Rows(Run(RunState.Completed, seconds / 60, Step(RunState.Training, 0, seconds / 60))).Single()));

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0 / 60)]
    [InlineData(7)]
    [InlineData(60 * 24 * 21)]
    [InlineData(60 * 24 * 365.0)]
    public void Scale_has_few_marks_whatever_the_length(double minutes)
    {
        XElement scale = Page(Run(RunState.Completed, minutes, Step(RunState.Training, 0, minutes))).Descendants("div").Single(element => element.Class() == "timeline scale");

        string[] marks = [.. scale.Descendants("text").Select(mark => mark.Value)];
        Assert.InRange(marks.Length, 2, 6);
        Assert.Equal(marks.Distinct(StringComparer.Ordinal), marks);
    }

    [Fact]
    public void Run_without_steps_says_so() =>
        Assert.Contains(Page(Run(RunState.Canceled, 1)).Descendants("p"), text => text.Value == "No step was begun.");

    private static RunStatus Run(RunState state, double minutes, params RunStep[] steps) =>
        new() { RunId = "run-1", State = state, StartedAt = Start, UpdatedAt = Start.AddMinutes(minutes), Steps = steps };

    private static RunStep Step(RunState state, double from, double? to, string? detail = null) =>
        new(state, Start.AddMinutes(from), to is { } end ? Start.AddMinutes(end) : null, detail);

    private static XElement[] Rows(RunStatus status) => [.. Page(status).Descendants("ol").Single().Elements("li")];

    private static string Took(XElement row) => row.Elements("div").Single(element => element.Class() == "took").Value;

    private static (double From, double Width) Bar(XElement row)
    {
        double Percent(string name) => double.Parse(row.Descendants("rect").Single().Attribute(name)!.Value.TrimEnd('%'), CultureInfo.InvariantCulture);
        return (Percent("x"), Percent("width"));
    }
}
