namespace FineTune.Datasets.Tests;

public class DocumentationTests
{
    private static readonly string[] Rules = File.ReadAllLines(Samples.Path("../docs/dataset-rules.md"));

    public static TheoryData<FindingCode> Codes => [.. Enum.GetValues<FindingCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_rule_is_explained_with_a_wrong_and_a_right_example(FindingCode code)
    {
        string row = Assert.Single(Rules, line => line.StartsWith($"| `{code}` |", StringComparison.Ordinal));

        Assert.All(row.Replace("\\|", "", StringComparison.Ordinal).Split('|')[2..5], cell => Assert.NotEqual("", cell.Trim()));
    }
}
