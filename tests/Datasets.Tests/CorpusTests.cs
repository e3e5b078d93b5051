using System.Globalization;
using System.Runtime.CompilerServices;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

/// <summary>
/// Files as people have them, bad and odd: each gives exactly the findings that are committed in Corpus/expected.tsv (file, code, severity, row, line, column, path; a code
/// alone is an error of the whole file). With FINETUNE_RECORD_CORPUS set the file is written anew, to be read before it is committed.
/// Files whose bytes are no text are committed in Base64.
/// </summary>
public class CorpusTests
{
    private const string Encoded = ".b64";
    private const string ExpectedName = "expected.tsv";

    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(Here())!, "Corpus");
    private static readonly ILookup<string, string> Expected = File.ReadLines(Path.Combine(Folder, ExpectedName)).ToLookup(line => line.Split('\t')[0]);

    private static readonly string[] Names = [.. Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)).Where(name => name != ExpectedName).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Files => [.. Names];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_gives_exactly_the_committed_findings(string file) => Assert.Equal(Expected[file], await FindAsync(file));

    [Fact]
    public async Task The_corpus_is_large_and_no_expectation_is_left_over()
    {
        if (Environment.GetEnvironmentVariable("FINETUNE_RECORD_CORPUS") is not null)
        {
            var lines = new List<string>();
            foreach (string file in Names)
            {
                lines.AddRange(await FindAsync(file));
            }

            await File.WriteAllTextAsync(Path.Combine(Folder, ExpectedName), string.Concat(lines.Select(line => line + "\n")));
        }

        Assert.InRange(Names.Length, 60, 1000);
        Assert.Empty(Expected.Select(group => group.Key).Except(Names));
    }

    private static async Task<List<string>> FindAsync(string file)
    {
        bool isEncoded = file.EndsWith(Encoded, StringComparison.Ordinal);
        string path = Path.Combine(Folder, file);
        byte[] content = isEncoded ? Convert.FromBase64String(await File.ReadAllTextAsync(path)) : await File.ReadAllBytesAsync(path);
        string name = isEncoded ? file[..^Encoded.Length] : file;
        using Workbench bench = new Workbench().Bytes(name, content);
        try
        {
            DatasetReport report = (await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 })).Report;
            return report.Findings.Count == 0
                ? [file]
                : [.. report.Findings.Select(finding => string.Create(CultureInfo.InvariantCulture,
                    $"{file}\t{finding.Code}\t{finding.Severity}\t{finding.Row}\t{finding.Line}\t{finding.Column}\t{finding.Path}"))];
        }
        catch (UpstreamException exception)
        {
            return [$"{file}\t{exception.Failure.Code}"];
        }
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
