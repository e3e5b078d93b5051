using System.Text.RegularExpressions;

namespace FineTune.Architecture.Tests;

public sealed partial class FailureCodesTests
{
    [Fact]
    public void Every_failure_code_in_the_source_is_explained_in_the_docs()
    {
        string docs = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "errors.md"));
        IEnumerable<string> codes = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => NewFailure().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["code"].Value);

        string[] unexplained = [.. codes.Distinct(StringComparer.Ordinal).Where(code => !docs.Contains($"`{code}`", StringComparison.Ordinal))];

        Assert.Empty(unexplained);
    }

    [GeneratedRegex(@"new Failure\(\s*""(?<code>\w+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NewFailure();
}
