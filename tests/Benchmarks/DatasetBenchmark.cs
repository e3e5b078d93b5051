using System.Globalization;

namespace FineTune.Benchmarks;

/// <summary>Prepares a dataset, and has DuckDB do what comes closest to it. The method is in docs/benchmarks/datasets.md.</summary>
internal static class DatasetBenchmark
{
    public static int Run(string[] options)
    {
        long megabytes = Option(options, "--megabytes") is { } size ? long.Parse(size, CultureInfo.InvariantCulture) : 1000;
        int runs = Option(options, "--runs") is { } count ? int.Parse(count, CultureInfo.InvariantCulture) : 3;
        string? only = Option(options, "--only");
        string directory = Path.Combine(Option(options, "--directory") ?? Path.GetTempPath(), $"finetune-benchmark-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory);
        try
        {
            if (only == "growth")
            {
                Growth(megabytes, directory);
                return 0;
            }

            string jsonl = Path.Combine(directory, "chat.jsonl");
            Conversations.Write(jsonl, megabytes * 1_000_000);
            long bytes = new FileInfo(jsonl).Length;
            Head(bytes, runs);
            if (only is null or "jsonl")
            {
                Measurement duckDb = Median(runs, "duckdb-split", jsonl, directory);
                Row("JSONL, prepare", Median(runs, "ours", jsonl, directory), bytes, duckDb);
                Row("JSONL, read, SHA-256 and write, nothing else", Median(runs, "copy", jsonl, directory), bytes, duckDb);
                Row("JSONL, validate only", Median(runs, "validate", jsonl, directory), bytes, duckDb);
                Row("JSONL, DuckDB COPY … (FORMAT json), one for each split", duckDb, bytes, duckDb);
                Row("JSONL, DuckDB COPY … (FORMAT json), without any split", Median(runs, "duckdb-copy", jsonl, directory), bytes, duckDb);
            }

            if (only is null or "parquet")
            {
                foreach (string rows in (string[])["2048", "122880"])
                {
                    // Made by a process of its own, in a folder of its own.
                    string made = Path.Combine(directory, rows);
                    _ = Measurement.Start($"make-parquet-{rows}", jsonl, made, keep: true);
                    string parquet = Path.Combine(made, "chat.parquet");
                    Measurement duckDb = Median(runs, "duckdb-parquet", parquet, directory);
                    Row($"Parquet, {rows} rows a group, prepare", Median(runs, "ours", parquet, directory), bytes, duckDb);
                    Row($"Parquet, {rows} rows a group, DuckDB COPY … (FORMAT json)", duckDb, bytes, duckDb);
                }
            }

            return 0;
        }
        finally
        {
            Console.WriteLine();
            Console.WriteLine($"load average {LoadAverage()} at the end");
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Prepares a file, and one that is ten times larger: what is held in memory must not depend on the size.</summary>
    private static void Growth(long megabytes, string directory)
    {
        string jsonl = Path.Combine(directory, "chat.jsonl");
        double[] peaks = new double[2];
        for (int i = 0; i < peaks.Length; i++)
        {
            Conversations.Write(jsonl, megabytes * 1_000_000 * (i == 0 ? 1 : 10));
            long bytes = new FileInfo(jsonl).Length;
            Head(bytes, runs: 1);
            Measurement run = Median(1, "ours", jsonl, directory);
            Row("JSONL, prepare", run, bytes, run);
            Console.WriteLine();
            peaks[i] = run.PeakMegabytes;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory: {peaks[1] / peaks[0]:0.00} times that of a tenth of the size"));
    }

    private static void Head(long bytes, int runs)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB of JSON Lines, {Environment.ProcessorCount} cores, median of {runs} runs, load average {LoadAverage()} at the start"));
        Console.WriteLine();
        Console.WriteLine("| work | wall s | MB/s | CPU s | MB/s per core | peak MB | DuckDB wall / CPU |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
    }

    private static Measurement Median(int runs, string name, string input, string directory)
    {
        Measurement[] all = [.. Enumerable.Range(0, runs).Select(run => Measurement.Start(name, input, Path.Combine(directory, $"out{run.ToString(CultureInfo.InvariantCulture)}")))];
        return new Measurement(Middle(all, run => run.Seconds), Middle(all, run => run.CpuSeconds), Middle(all, run => run.PeakMegabytes));
    }

    private static double Middle(Measurement[] all, Func<Measurement, double> number) => all.Select(number).Order().ElementAt(all.Length / 2);

    private static void Row(string work, Measurement run, long bytes, Measurement duckDb) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {work} | {run.Seconds:0.00} | {bytes / 1e6 / run.Seconds:0} | {run.CpuSeconds:0.00} | {bytes / 1e6 / run.CpuSeconds:0} | {run.PeakMegabytes:0} | {duckDb.Seconds / run.Seconds:0.0} × / {duckDb.CpuSeconds / run.CpuSeconds:0.0} × |"));

    private static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string? Option(string[] options, string name) => Array.IndexOf(options, name) is >= 0 and int at && at + 1 < options.Length ? options[at + 1] : null;
}
