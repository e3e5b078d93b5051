using System.Diagnostics;
using System.Globalization;
using FineTune.Datasets.Parquet;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

/// <summary>Prepares damaged Parquet files, one after the other, and tells which one it is at; or reads strings, and tells whether wide vectors were used.</summary>
public static class Program
{
    private static readonly string[] Sources =
    [
        "SELECT [{'role': 'user', 'content': 'Question ' || i}, {'role': 'assistant', 'content': repeat('answer ', i % 9) || i}] AS messages, 'p' || i AS prompt_id FROM range(300) t(i)",
        "SELECT [{'role': 'user', 'content': 'Same'}, {'role': 'assistant', 'content': CASE i % 3 WHEN 0 THEN 'é😀' ELSE NULL END}] AS messages, i AS prompt_id, 'x' AS extra FROM range(200) t(i)",
        "SELECT [{'from': 'human', 'value': 'Q' || i}, {'from': 'gpt', 'value': 'A'}] AS conversations FROM range(100) t(i)",
        "SELECT 'Add ' || i AS instruction, 'Sum ' || i AS output FROM range(100) t(i)",
    ];

    private static readonly string[] Codecs = ["snappy", "zstd", "gzip", "uncompressed"];

    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is ["strings"])
        {
            await Console.Out.WriteLineAsync(StringTests.Check().ToString());
            return 0;
        }

        if (args.Length != 3)
        {
            await Console.Error.WriteLineAsync("usage: <directory> <seed> <cases>, or strings");
            return 2;
        }

        int seed = int.Parse(args[1], CultureInfo.InvariantCulture);
        int cases = int.Parse(args[2], CultureInfo.InvariantCulture);
        List<byte[]> sources = Write(args[0]);
        var preparation = new DatasetPreparation(TimeProvider.System, new DatasetOptions { Limits = new DatasetLimits { ParquetMemoryBytes = 200_000_000 } });
        string path = Path.Combine(args[0], "case.parquet");
        for (int i = 0; i < cases; i++)
        {
            var random = new Random((seed * 1_000_003) + i);
            await File.WriteAllBytesAsync(path, Mutation.Apply(random, sources[i % sources.Count], tail: 600));
            await Console.Out.WriteLineAsync(i.ToString(CultureInfo.InvariantCulture));
            try
            {
                _ = await preparation.PrepareAsync(
                    [new DatasetFile(path, new FileInfo(path).Length)],
                    static (file, _) => Task.FromResult<Stream>(File.OpenRead(file.Name)),
                    new DatasetRequest { SplitPercent = 100 },
                    new DiscardingSink(),
                    Path.Combine(args[0], "tmp"));
            }
            catch (UpstreamException)
            {
                // A clear error is what a damaged file should end in.
            }
        }

        using var process = Process.GetCurrentProcess();
        await Console.Out.WriteLineAsync($"done {(process.PeakWorkingSet64 / 1_000_000).ToString(CultureInfo.InvariantCulture)}");
        return 0;
    }

    private static List<byte[]> Write(string directory)
    {
        var sources = new List<byte[]>();
        using var connection = new DuckDbConnection([]);
        foreach (string query in Sources)
        {
            foreach (string codec in Codecs)
            {
                string path = Path.Combine(directory, "source.parquet");
                connection.Execute($"COPY ({query}) TO {DuckDbConnection.Literal(path)} (FORMAT parquet, COMPRESSION {codec}, ROW_GROUP_SIZE 2048)");
                sources.Add(File.ReadAllBytes(path));
                File.Delete(path);
            }
        }

        return sources;
    }
}
