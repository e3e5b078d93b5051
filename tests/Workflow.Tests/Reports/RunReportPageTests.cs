using System.Globalization;
using System.Xml.Linq;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Reports;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Reports;

public sealed class RunReportPageTests
{
    private const string Hostile = "</title></style></td><script>alert('x')</script><img src=\"https://x/y\" onerror='x' & \" onload=\"x";

    public static TheoryData<RunState> States => [.. Enum.GetValues<RunState>()];

    [Fact]
    public void Page_of_a_whole_run_has_its_sections_in_the_order_of_a_story() => Assert.Equal(
        ["Why it failed", "What the job says", "Warnings", "Timeline", "Training", "Smoke test", "Model and endpoint", "Dataset"],
        ReportSamples.Page(
            ReportSamples.Full() with { Failure = new Failure("TrainingDiverged", "The loss is nan.") }, ReportSamples.Curves(), ReportSamples.Answers())
            .Descendants("h2").Select(heading => heading.Value));

    [Theory]
    [MemberData(nameof(States))]
    public void Page_of_a_run_says_its_state_in_words_whatever_else_is_known(RunState state)
    {
        var bare = new RunStatus { RunId = "run-1", State = state, StartedAt = ReportSamples.Start, UpdatedAt = ReportSamples.Start };
        foreach (RunStatus status in new[] { bare, bare with { Steps = [new(state, ReportSamples.Start)] }, ReportSamples.Full(state: state) })
        {
            XElement page = ReportSamples.Page(status);

            string words = string.Concat(page.Descendants("span").First(span => span.Class() == "badge").Value.Where(char.IsLetter));
            Assert.Equal(state.ToString(), words, ignoreCase: true);
            Assert.Equal(RunTransitions.IsTerminal(state), page.Descendants("dt").Any(term => term.Value == "Ended"));
        }
    }

    [Fact]
    public void Page_needs_nothing_from_elsewhere_and_runs_nothing()
    {
        XElement page = ReportSamples.PageOf("https://example.org/");

        string[] names = [.. page.Descendants().Select(element => element.Name.LocalName)];
        Assert.DoesNotContain(names, name => name is "script" or "link" or "img" or "iframe" or "object" or "embed" or "use" or "image" or "foreignObject");
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "style" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        string sheet = page.Descendants("style").Single().Value;
        Assert.DoesNotContain("url(", sheet, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", sheet, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Latencies_are_told_to_the_hundredth_of_a_second()
    {
        string page = ReportSamples.Page(ReportSamples.Full(), ReportSamples.Curves(), [new SmokeTestAnswer("Q", "E", "A", 0.035642)]).Value;

        Assert.Contains("slowest 0.04 s", page, StringComparison.Ordinal);
        Assert.Contains("answered in 0.04 s", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_outside_stays_text_wherever_it_comes_from()
    {
        XElement harmless = ReportSamples.PageOf("text");
        XElement hostile = ReportSamples.PageOf(Hostile);

        Assert.Equal(Shape(harmless), Shape(hostile));
        string[] shown = [.. hostile.DescendantNodes().OfType<XText>().Select(text => text.Value).Where(text => text.Contains(Hostile, StringComparison.Ordinal))];
        Assert.True(shown.Length >= 35, $"The text should be shown at each of its places; it is at {shown.Length}.");
    }

    [Fact]
    public void No_text_changes_the_structure_of_the_page()
    {
        string[] expected = Shape(ReportSamples.PageOf("text"));
        Gen<string> texts = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>().Where(text => !string.IsNullOrWhiteSpace(text)),
            Gen.Elements("\0", "a\u0085", "\uD800", "\uDC00x", "\uFFFE", "\u202Eevil", "]]>", "<!--", "&#0;", "&lt;", "{0}", "\r\n<b>", "😀", new string('<', 3_000)));
        Prop.ForAll(texts.ToArbitrary(), text => Shape(ReportSamples.PageOf(text)).SequenceEqual(expected)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("https://example.org/runs/1?a=1&b=\"2\"", true)]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1/runs/1", true)]
    [InlineData("javascript:alert(1)", false)]
    [InlineData(" javascript:alert(1)", false)]
    [InlineData("data:text/html,x", false)]
    [InlineData("azureml://jobs/1/outputs/trained_model", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("//example.org", false)]
    public void Address_is_a_link_only_where_a_browser_may_follow_it(string address, bool isLink)
    {
        XElement page = ReportSamples.Page(ReportSamples.Full() with { DatasetReportUri = address });

        Assert.Equal(isLink ? [address] : [], page.Descendants("a").Attributes("href").Select(href => href.Value).Where(href => href != "report.json"));
        Assert.Contains(page.Descendants(isLink ? "a" : "code"), element => element.Value == address);
    }

    [Fact]
    public void Long_text_is_cut_between_characters_and_says_so()
    {
        string text = new string('a', 1_999) + "😀" + new string('b', 6_122);

        XElement page = ReportSamples.Page(ReportSamples.Full(), answers: [new("?", "!", text, 1)]);

        Assert.Contains(
            page.Descendants("p"), shown => shown.Value == new string('a', 1_999) + "… [cut: the first 1,999 of 8,123 characters]");
    }

    [Fact]
    public void Answer_stands_beside_what_was_expected_and_a_missing_one_is_named()
    {
        XElement[] questions =
        [
            .. ReportSamples.Page(ReportSamples.Full(), answers: [new("Why?", "Because.", "So.", 1.254), new("Who?", "", " ", double.NaN)]).Descendants("article"),
        ];

        Assert.Equal(["Why?", "Because.", "So."], questions[0].Descendants("p").Select(text => text.Value));
        Assert.Contains("answered in 1.25 s", questions[0].Element("h3")!.Value, StringComparison.Ordinal);
        Assert.Equal(["Who?", "The row has no answer.", "The answer is empty."], questions[1].Descendants("p").Select(text => text.Value));
    }

    [Theory]
    [InlineData(true, true, "deleted: nothing of it bills")]
    [InlineData(true, false, "deleted: nothing of it bills")]
    [InlineData(false, true, "expires 2026-11-22 12:00:00 UTC")]
    [InlineData(false, false, "kept: it bills until somebody deletes it")]
    public void Endpoint_says_when_it_ends(bool deleted, bool expires, string expected)
    {
        var endpoint = new EndpointStatus("endpoint", "blue", null, expires ? ReportSamples.Start.AddHours(4) : null, deleted);

        Assert.Contains(ReportSamples.Page(ReportSamples.Full() with { Endpoint = endpoint }).Descendants("dd"), item => item.Value == expected);
    }

    [Fact]
    public void Failure_is_shown_with_all_that_a_person_needs()
    {
        var failure = new Failure("QuotaExceeded", "No cores left.")
        {
            Where = "/subscriptions/1",
            NextStep = "Ask for quota.",
            UpstreamCode = "ClusterCoreQuotaReached",
            RequestId = "0c1ea1f4",
        };

        XElement trouble = ReportSamples.Page(ReportSamples.Full() with { Failure = failure }).Descendants("section").First();

        Assert.Equal(["No cores left.", "Next step: Ask for quota."], trouble.Elements("p").Select(text => text.Value));
        Assert.Equal(["QuotaExceeded", "/subscriptions/1", "ClusterCoreQuotaReached", "0c1ea1f4"], trouble.Descendants("dd").Select(item => item.Value));
    }

    [Fact]
    public void Job_error_that_is_the_run_s_failure_is_told_once()
    {
        RunStatus status = ReportSamples.Full();
        var failure = new Failure("JobFailed", "Out of memory.");

        XElement page = ReportSamples.Page(status with { Failure = failure, Job = status.Job! with { Job = status.Job.Job with { Error = failure } } });

        Assert.DoesNotContain(page.Descendants("h2"), heading => heading.Value == "What the job says");
    }

    [Fact]
    public void Finding_is_a_row_with_its_place()
    {
        RunStatus status = ReportSamples.Full() with
        {
            Findings = [new("UnknownRole", "a.jsonl", 17, "No such role.") { Column = 41, Path = "$.messages[2].role" }, new("NotJson", "b.jsonl", 1_234_567, "The line is cut.")],
        };

        XElement table = ReportSamples.Page(status).Descendants("table").Single(table => table.Element("caption") is not null);

        Assert.Equal(["Code", "File", "Row", "Column", "Path", "Reason"], table.Element("thead")!.Descendants("th").Select(cell => cell.Value));
        Assert.Equal(
            [["UnknownRole", "a.jsonl", "17", "41", "$.messages[2].role", "No such role."], ["NotJson", "b.jsonl", "1234567", "–", "–", "The line is cut."]],
            table.Element("tbody")!.Elements("tr").Select(row => row.Elements().Select(cell => cell.Value).ToArray()));
    }

    [Fact]
    public void Page_can_be_read_by_ear()
    {
        XElement page = ReportSamples.Page(ReportSamples.Full(), ReportSamples.Curves(), ReportSamples.Answers());

        Assert.Equal("en", page.Attribute("lang")!.Value);
        Assert.Single(page.Descendants("h1"));
        int[] levels = [.. page.Descendants().Where(element => element.Name.LocalName is "h1" or "h2" or "h3" or "h4").Select(heading => heading.Name.LocalName[1] - '0')];
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1, "A heading skips a level."));
        Assert.All(page.Descendants("th"), cell => Assert.NotNull(cell.Attribute("scope")));
        Assert.All(page.Descendants("svg").Where(svg => svg.Attribute("role") is not null), svg => Assert.NotEmpty(svg.Element("title")!.Value));
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Distinct(StringComparer.Ordinal), ids);
        Assert.All(page.Descendants().Attributes("aria-labelledby").SelectMany(label => label.Value.Split(' ')), id => Assert.Contains(id, ids));
    }

    [Fact]
    public void Page_is_the_same_in_every_culture()
    {
        string Render() => RunReportPage.Render(ReportSamples.Full(), ReportSamples.Curves(), ReportSamples.Answers());
        string expected = Render();
        CultureInfo before = CultureInfo.CurrentCulture;
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        other.NumberFormat.NumberDecimalSeparator = ",";
        other.NumberFormat.NumberGroupSeparator = ".";
        other.NumberFormat.NegativeSign = "minus";
        other.DateTimeFormat.TimeSeparator = ".";
        try
        {
            CultureInfo.CurrentCulture = other;

            Assert.Equal(expected, Render());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    // Names of the elements in document order: what a browser builds from the page.
    private static string[] Shape(XElement page) => [.. page.DescendantsAndSelf().Select(element => $"{element.Name} {string.Join(' ', element.Attributes().Select(attribute => attribute.Name))}")];
}
