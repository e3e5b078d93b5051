using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

/// <summary>Damaged files end in findings or in a clear error: more than 20,000 of them, by fixed seeds.</summary>
public class FuzzTests
{
    private static readonly string[] Rows =
    [
        """{"prompt":"Q","messages":[{"content":"What \"is\" it?\n","role":"user"},{"content":"\u00e9\ud83d\ude00 [INST]","role":"assistant"}],"prompt_id":"a1"}""",
        """{"messages":[{"role":"system","content":"S"},{"role":"user","content":"é"},{"role":"assistant","content":"A"}],"extra":{"x":[1,2.5e-3,null,true]}}""",
        """{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}],"system":"Be brief"}""",
        """{"instruction":"Add","input":"1 2","output":"3"}""",
        """  { "messages" : [ {"role":"user","content":"Q" } , {"content":"A", "role":"assistant"} ] , "prompt_id" : 17 } """,
    ];

    /// <summary>Long texts, so that most damage leaves a row that is still one.</summary>
    private static readonly string[] Fast =
    [
        $$"""{"prompt":null,"messages":[{"content":"{{string.Concat(Enumerable.Repeat("Some words, é and 你好 ", 30))}}","role":"user"},{"content":"{{string.Concat(Enumerable.Repeat("\\n\\\"quoted\\\" \\u00e9\\ud83d\\ude00 a/b \\\\ ", 20))}}","role":"assistant"}],"prompt_id":"{{new string('p', 300)}}"}""",
        $$""" { "messages" : [ {"role":"system", "content": "{{new string('s', 400)}}" }, {"role":"user", "content": "x"},{"role":"assistant","content":"{{new string('a', 31)}}"} ] } """,
    ];

    public static TheoryData<string> TextNames => ["train.jsonl", "train.json", "train.csv", "train.tsv", "train.jsonl.gz", "train.jsonl.zst"];

    [Theory]
    [MemberData(nameof(TextNames))]
    public async Task A_damaged_text_file_ends_in_findings_or_a_clear_error(string name)
    {
        const int Cases = 3500;
        byte[] source = Source(name);
        var policies = new[] { RepairPolicy.Report, RepairPolicy.Drop, RepairPolicy.Fix };
        var preparation = new DatasetPreparation(TimeProvider.System, new DatasetOptions { IncludeExcerpts = true, Limits = new DatasetLimits { MaxRowBytes = 2000, MaxDepth = 8, DuplicateSlots = 1024 } });
        using var temporary = new Workbench();
        for (int i = 0; i < Cases; i++)
        {
            byte[] content = Mutation.Apply(new Random(i), source);
            try
            {
                DatasetPreparationResult result = await preparation.PrepareAsync(
                    [new DatasetFile(name, content.Length)],
                    (_, _) => Task.FromResult<Stream>(new MemoryStream(content)),
                    Workbench.All with { Repair = policies[i % 3] },
                    new DiscardingSink(),
                    Path.Combine(temporary.Folder, "tmp"));
                DatasetReport report = result.Report;
                Assert.Equal(report.Rows, report.InvalidRows + report.DroppedRows + report.UnselectedRows + report.Splits.Sum(split => split.Rows));
            }
            catch (UpstreamException exception)
            {
                Assert.Equal(OutcomeKind.Invalid, exception.Kind);
            }
        }
    }

    [Fact]
    public void The_fast_reader_and_the_careful_one_agree_on_every_row()
    {
        const int Cases = 20_000;
        var options = new DatasetOptions();
        var rules = new RowRules(options, new TokenCounter(options, 0));
        var careful = new JsonlRow(options.Limits, rules);
        var (fast, slow) = (new Conversation(), new Conversation());
        int read = 0;
        for (int i = 0; i < Cases; i++)
        {
            // The first ones are whole.
            byte[] whole = Encoding.UTF8.GetBytes(i % 4 == 0 ? Rows[i % Rows.Length] : Fast[i % Fast.Length]);
            byte[] row = i < Rows.Length ? whole : Mutation.Apply(new Random(i), whole);
            if (row.Contains((byte)'\n') || !FastRow.TryRead(row, fast, options.Limits.MaxMessages))
            {
                continue;
            }

            read++;
            rules.Begin();
            careful.Read(row, slow, isTrainedOn: true);

            Assert.True(rules.IsReadable, Encoding.UTF8.GetString(row));
            Assert.Equal(slow.Turns.ToArray().Select(turn => (turn.Role, Encoding.UTF8.GetString(slow.Text(turn)))), fast.Turns.ToArray().Select(turn => (turn.Role, Encoding.UTF8.GetString(fast.Text(turn)))));
            Assert.Equal(Encoding.UTF8.GetString(slow.PromptId), Encoding.UTF8.GetString(fast.PromptId));
            Assert.Equal((slow.IsVerbatim, slow.Prompt, slow.PromptIdJson), (fast.IsVerbatim, fast.Prompt, fast.PromptIdJson));
        }

        Assert.InRange(read, 500, Cases);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_damaged_Parquet_file_ends_in_findings_or_a_clear_error(int seed)
    {
        const int Cases = 2000;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("finetune fuzz ");
        try
        {
            using Process process = Process.Start(StartInfo(folder.FullName, seed.ToString(CultureInfo.InvariantCulture), Cases.ToString(CultureInfo.InvariantCulture)))!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string last = "";
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                last = line;
            }

            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"Case {last} of seed {seed.ToString(CultureInfo.InvariantCulture)} ended the process with {process.ExitCode.ToString(CultureInfo.InvariantCulture)}: {await errors}");
            Assert.InRange(int.Parse(last.Split(' ')[1], CultureInfo.InvariantCulture), 1, 900);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Starts this assembly as a program.</summary>
    internal static ProcessStartInfo StartInfo(params string[] arguments)
    {
        string? host = Environment.ProcessPath;
        return new ProcessStartInfo(Path.GetFileNameWithoutExtension(host) == "dotnet" ? host! : "dotnet", ["exec", typeof(Program).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static byte[] Source(string name)
    {
        const string Table = "messages,prompt_id\n\"[{\"\"role\"\":\"\"user\"\",\"\"content\"\":\"\"Q, é\"\"},\n{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"A\"\"}]\",a1\n\"[]\",\"b\"\"2\"\n,c\n";
        byte[] plain = Encoding.UTF8.GetBytes(name.Split('.')[1] switch
        {
            "json" => $"[\n{string.Join(",\n  ", Rows)}\n]",
            "csv" => Table,
            "tsv" => Table.Replace(",prompt_id", "\tprompt_id", StringComparison.Ordinal).Replace(",a1", "\ta1", StringComparison.Ordinal).Replace("\",\"b", "\"\t\"b", StringComparison.Ordinal),
            _ => string.Join('\n', Rows),
        });
        if (name.EndsWith(".zst", StringComparison.Ordinal))
        {
            return FormatTests.Zstandard(plain);
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(plain);
        }

        return name.EndsWith(".gz", StringComparison.Ordinal) ? compressed.ToArray() : plain;
    }
}
