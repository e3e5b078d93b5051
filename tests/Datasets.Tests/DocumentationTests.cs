namespace FineTune.Datasets.Tests;

public class DocumentationTests
{
    private static readonly string[] Rules = File.ReadAllLines(Samples.Path("../docs/dataset-rules.md"));

    public static TheoryData<FindingCode> Codes => [.. Enum.GetValues<FindingCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_rule_is_explained_with_a_wrong_and_a_right_example(FindingCode code)
    {
        string row = Assert.Single(Rules, line => line.StartsWith($"| `{code}` |", StringComparison.Ordinal) && line != NextStep(code));

        Assert.All(row.Replace("\\|", "", StringComparison.Ordinal).Split('|')[2..5], cell => Assert.NotEqual("", cell.Trim()));
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_rule_has_a_next_step_which_the_documentation_repeats(FindingCode code)
    {
        Assert.EndsWith(".", FindingAdvice.For(code), StringComparison.Ordinal);
        Assert.Single(Rules, line => line == NextStep(code));
        Assert.Equal(FindingAdvice.For(code), FindingAdvice.For(code.ToString()));
    }

    [Theory]
    [InlineData("NotKnownYet")]
    [InlineData("4711")]
    public void A_code_that_is_not_known_is_looked_up(string code) => Assert.Contains("docs/dataset-rules.md", FindingAdvice.For(code), StringComparison.Ordinal);

    private static string NextStep(FindingCode code) => $"| `{code}` | {FindingAdvice.For(code)} |";
}
