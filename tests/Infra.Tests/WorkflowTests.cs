using System.Text.RegularExpressions;

namespace FineTune.Infra.Tests;

/// <summary>GitHub Actions: nothing runs that could be changed behind our back, and nothing has rights that it does not need.</summary>
public sealed partial class WorkflowTests
{
    public static TheoryData<string> Workflows => [.. Directory.EnumerateFiles(RepositoryRoot.File(".github", "workflows"), "*.yml").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void Actions_are_pinned_by_commit_and_say_their_version(string workflow)
    {
        string[] uses = [.. Read(workflow).Split('\n').Where(line => line.Contains("uses:", StringComparison.Ordinal))];

        Assert.NotEmpty(uses);
        Assert.All(uses, line => Assert.Matches(Pinned(), line));
    }

    [Theory]
    [MemberData(nameof(Workflows))]
    public void An_action_is_the_same_commit_everywhere(string workflow) =>
        Assert.All(
            Read(workflow).Split('\n').Where(line => line.Contains("uses:", StringComparison.Ordinal)).Select(line => line.Trim(' ', '-')).Distinct(StringComparer.Ordinal)
                .GroupBy(line => line.Split('@')[0], StringComparer.Ordinal),
            action => Assert.Single(action));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_has_no_rights_but_those_that_a_job_names(string workflow)
    {
        string text = Read(workflow);

        Assert.Contains("\npermissions: {}\n", text, StringComparison.Ordinal);
        Assert.Contains("\nconcurrency:\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("pull_request_target", text, StringComparison.Ordinal);
        Assert.DoesNotContain(": write", text, StringComparison.Ordinal);
        Assert.Equal(Jobs().Count(text), Timeout().Count(text));
        Assert.Equal(Checkout().Count(text), text.Split("persist-credentials: false").Length - 1);
    }

    [Fact]
    public void Updates_wait_a_while_for_every_ecosystem()
    {
        string text = RepositoryRoot.Read(".github", "dependabot.yml");

        Assert.Equal(["github-actions", "npm", "nuget"], Ecosystem().Matches(text).Select(match => match.Groups["name"].Value).Order(StringComparer.Ordinal));
        Assert.Equal(3, text.Split("cooldown:").Length - 1);
    }

    private static string Read(string workflow) => RepositoryRoot.Read(".github", "workflows", workflow);

    [GeneratedRegex(@"^\s+- uses: [\w-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^    runs-on:", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Jobs();

    [GeneratedRegex(@"^    timeout-minutes:", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Timeout();

    [GeneratedRegex(@"actions/checkout@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Checkout();

    [GeneratedRegex(@"package-ecosystem: (?<name>\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ecosystem();
}
