using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using FineTune.LocalHost.Commands;

namespace FineTune.LocalHost.Tests;

/// <summary>The corpus of Datasets.Tests, through the command: files as people have them give exactly the findings that are committed beside them.</summary>
public sealed class CorpusTests : IDisposable
{
    private const string Encoded = ".b64";
    private const string ExpectedName = "expected.tsv";

    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(Here())!, "..", "Datasets.Tests", "Corpus");
    private static readonly ILookup<string, string> Expected = File.ReadLines(Path.Combine(Folder, ExpectedName)).ToLookup(line => line.Split('\t')[0], StringComparer.Ordinal);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)).Where(name => name != ExpectedName).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_corpus_has_at_least_60_files() => Assert.True(Files.Count >= 60);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_of_the_corpus_gives_exactly_the_committed_findings(string file)
    {
        string path = Copy(file);

        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", path);

        if (document["report"] is not { } report)
        {
            Assert.Equal(Expected[file], [$"{file}\t{document["failure"]!["code"]}"]);
            Assert.Equal(ExitCode.Failure, exitCode);
            return;
        }

        JsonArray findings = report["findings"]!.AsArray();
        Assert.Equal(
            Expected[file].Where(line => line.Contains('\t', StringComparison.Ordinal)),
            findings.Select(finding => string.Create(
                CultureInfo.InvariantCulture,
                $"{file}\t{finding!["code"]}\t{finding["severity"]}\t{finding["row"]}\t{finding["line"]}\t{finding["column"]}\t{finding["path"]}")));
        Assert.All(findings, finding => Assert.Equal(path, (string?)finding!["file"]));
        Assert.Equal(
            findings.Any(finding => (string?)finding!["severity"] == "Error") || document["failure"] is not null ? ExitCode.Findings : ExitCode.Success, exitCode);
    }

    private static string Here([CallerFilePath] string path = "") => path;

    private string Copy(string file)
    {
        string source = Path.Combine(Folder, file);
        string copy = _folder.Combine(file);
        if (!file.EndsWith(Encoded, StringComparison.Ordinal))
        {
            File.Copy(source, copy);
            return copy;
        }

        copy = copy[..^Encoded.Length];
        File.WriteAllBytes(copy, Convert.FromBase64String(File.ReadAllText(source)));
        return copy;
    }
}
