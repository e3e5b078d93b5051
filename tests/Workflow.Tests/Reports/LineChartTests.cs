using System.Xml.Linq;
using FineTune.Workflow.Contracts;
using FsCheck;
using FsCheck.Fluent;
using static FineTune.Workflow.Tests.Reports.ReportSamples;

namespace FineTune.Workflow.Tests.Reports;

public sealed class LineChartTests
{
    private static readonly Gen<double> Values = Gen.Frequency(
        (8, ArbMap.Default.GeneratorFor<int>().Select(value => value / 64.0)),
        (1, ArbMap.Default.GeneratorFor<double>()),
        (1, Gen.Elements(double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, 0, -0.0, 1e-310)));

    private static readonly Gen<long> Steps = Gen.OneOf(
        Gen.Choose(0, 5_000).Select(step => (long)step), Gen.Elements(long.MinValue, long.MaxValue, long.MaxValue - 1, 0, -1));

    [Fact]
    public void Run_without_curves_says_so_and_draws_no_chart()
    {
        XElement page = PageWith();

        Assert.Empty(page.Descendants("figure"));
        Assert.Contains(page.Descendants("p"), text => text.Value.StartsWith("There are no curves", StringComparison.Ordinal));
    }

    [Fact]
    public void Single_point_is_a_mark_in_the_middle()
    {
        XElement chart = PageWith(Curve("loss", (500, 1.5))).Chart("loss")!;

        Assert.Equal([(500.0, 500.0)], chart.Drawn("train"));
        Assert.Single(chart.Descendants("circle"));
        Assert.Contains(chart.Descendants("li"), item => item.Value.Contains("1.5 at step 500", StringComparison.Ordinal));
    }

    [Fact]
    public void Loss_chart_has_both_lines_with_legend_labels_and_round_ticks()
    {
        XElement chart = PageWith(Curve("loss", (0, 2.31), (500, 1.2), (1_000, 0.9)), Curve("eval_loss", (500, 1.6), (1_000, 1.4))).Chart("loss")!;

        Assert.Equal(["0.5", "1.0", "1.5", "2.0", "2.5"], Labels(chart, "y"));
        Assert.Equal(["0", "200", "400", "600", "800", "1,000"], Labels(chart, "x"));
        Assert.Equal(["eval 1.4", "train 0.9"], chart.Descendants("text").Where(text => text.Class()!.StartsWith("end ", StringComparison.Ordinal)).Select(text => text.Value));
        Assert.Equal(2, chart.Descendants("li").Count());
        Assert.Equal((0.0, 95.0), chart.Drawn("train")[0]);
        Assert.Equal((1_000.0, 800.0), chart.Drawn("train")[^1]);
        Assert.Equal([(500.0, 450.0), (1_000.0, 550.0)], chart.Drawn("eval"));
    }

    [Theory]
    [InlineData(0, 2e-5, "0", "5e-6", "1e-5", "1.5e-5", "2e-5")]
    [InlineData(0, 100, "0", "20", "40", "60", "80", "100")]
    [InlineData(-1, 1, "-1.0", "-0.5", "0", "0.5", "1.0")]
    [InlineData(0, 4e6, "0", "1e6", "2e6", "3e6", "4e6")]
    [InlineData(1.0001, 1.0005, "1.0001", "1.0002", "1.0003", "1.0004", "1.0005")]
    [InlineData(0, 0, "-1.0", "-0.5", "0", "0.5", "1.0")]
    public void Ticks_of_values_are_round_and_tell_each_other_apart(double low, double high, params string[] expected) =>
        Assert.Equal(expected, Labels(PageWith(Curve("learning_rate", (0, low), (1, high))).Chart("rate")!, "y"));

    [Fact]
    public void Values_that_are_no_number_interrupt_the_line_and_are_marked()
    {
        XElement chart = PageWith(Curve("loss", (1, 2), (2, 1.5), (3, double.NaN), (4, 1), (5, double.PositiveInfinity))).Chart("loss")!;

        Assert.Equal(2, chart.Descendants("path").Single().Attribute("d")!.Value.Count(letter => letter == 'M'));
        Assert.Equal(["50%", "100%"], chart.Descendants("text").Where(text => text.Class() == "bad").Select(text => text.Attribute("x")!.Value));
        Assert.Contains("2 values not finite", chart.Descendants("li").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Curve_without_any_number_is_named_and_not_drawn()
    {
        XElement page = PageWith(Curve("loss", (1, double.NaN), (2, double.NegativeInfinity)));

        Assert.Equal("train: 2 values logged, none a finite number", page.Chart("loss")!.Descendants("li").Single().Value.Trim());
        Assert.Empty(page.Descendants("path"));
        Assert.Contains(page.Descendants("td"), cell => cell.Value == "-Infinity");
    }

    [Fact]
    public void Thousands_of_points_become_at_most_400_and_keep_every_extreme()
    {
        double At(int step) => step switch { 12_345 => 9, 17_001 => -7, _ => Math.Sin(step) };
        MetricSeries curve = new("trainer", "loss", [.. Enumerable.Range(0, 20_001).Select(step => new MetricPoint(step, At(step)))]);

        XElement page = PageWith(curve);
        IReadOnlyList<(double Across, double Down)> drawn = page.Drawn("train");

        Assert.InRange(drawn.Count, 300, 400);
        Assert.Equal((0.0, 500.0), drawn[0]);
        Assert.Equal(1_000.0, drawn[^1].Across);
        Assert.Equal((617.25, 50.0), drawn.MinBy(point => point.Down));
        Assert.Equal((850.05, 850.0), drawn.MaxBy(point => point.Down));
        Assert.Contains("points drawn of 20,001 values", page.Chart("loss")!.Value, StringComparison.Ordinal);
        Assert.Equal(drawn, PageWith(curve).Drawn("train"));
    }

    [Fact]
    public void Any_curve_is_drawn_inside_its_chart_from_left_to_right()
    {
        Gen<MetricPoint[]> curves = Gen.Choose(0, 1_200).SelectMany(count => Gen.Zip(Steps, Values).Select(point => new MetricPoint(point.Item1, point.Item2)).ArrayOf(count));
        Prop.ForAll(curves.ToArbitrary(), points =>
        {
            XElement page = PageWith(new MetricSeries("trainer", "loss", points), new MetricSeries("trainer", "learning_rate", [.. points.Take(1)]));
            XElement? path = page.Descendants("path").FirstOrDefault(path => path.Class() == "line train");
            IReadOnlyList<(double Across, double Down)> drawn = path is null ? [] : page.Drawn("train");
            return page.Coordinates().All(value => value is >= 0 and <= 1_000)
                && drawn.Count <= 400
                && (drawn.Count > 0) == Array.Exists(points, point => double.IsFinite(point.Value))
                && drawn.Zip(drawn.Skip(1)).All(pair => pair.First.Across <= pair.Second.Across);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Curves_of_the_run_that_trained_are_drawn_not_those_that_a_parent_repeats()
    {
        MetricSeries parent = new("a-parent", "loss", [new(1, 9), new(2, 9), new(3, 9)]);

        XElement page = PageWith(parent, Curve("epoch", (1, 0.5), (2, 1)), Curve("loss", (1, 2), (2, 1)));

        Assert.Equal(2, page.Drawn("train").Count);
        Assert.Contains(page.Descendants("th"), cell => cell.Value == "MLflow run");
    }

    [Fact]
    public void Epochs_come_from_the_curves_else_from_the_job()
    {
        string[] FirstRow(XElement page) =>
            [.. page.Descendants("div").First(region => region.Attribute("aria-label")?.Value == "Epochs").Descendants("tbody").Elements("tr").First().Elements().Select(cell => cell.Value)];

        Assert.Equal(["1", "2", "2.5"], FirstRow(PageWith([.. Curves()])));
        Assert.Equal(["1", "1.5", "–"], FirstRow(PageWith()));
    }

    private static IEnumerable<string> Labels(XElement chart, string axis) => chart.Descendants("text").Where(text => text.Class() == axis).Select(text => text.Value);
}
