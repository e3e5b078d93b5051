using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using FineTune.Datasets;
using FineTune.Datasets.Parquet;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Benchmarks;

/// <summary>One run in a process of its own, so that its memory and processor time are its own.</summary>
internal sealed record Measurement(double Seconds, double CpuSeconds, double PeakMegabytes)
{
    /// <summary>Does the work and prints what it took.</summary>
    public static async Task<int> RunAsync(string name, string input, string output)
    {
        Directory.CreateDirectory(output);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        switch (name)
        {
            case "ours":
                await PrepareAsync(input, new DirectorySink(output), output);
                break;
            case "validate":
                await PrepareAsync(input, new DiscardingSink(), output);
                break;
            case "copy":
                CopyAndHash(input, Path.Combine(output, "all.jsonl"));
                break;
            case "duckdb-split":
                // COPY … (FORMAT json) knows no PARTITION_BY: a split is two statements, each of which reads the file.
                foreach (string side in (string[])["=", "<>"])
                {
                    DuckDb($"COPY (SELECT prompt, messages, prompt_id FROM read_json({DuckDbConnection.Literal(input)}, format = 'newline_delimited') WHERE hash(messages) % 10 {side} 0) TO {DuckDbConnection.Literal(Path.Combine(output, side == "=" ? "test.jsonl" : "train.jsonl"))} (FORMAT json)");
                }

                break;
            case "duckdb-copy":
                DuckDb($"COPY (SELECT prompt, messages, prompt_id FROM read_json({DuckDbConnection.Literal(input)}, format = 'newline_delimited')) TO {DuckDbConnection.Literal(Path.Combine(output, "all.jsonl"))} (FORMAT json)");
                break;
            case "duckdb-parquet":
                DuckDb($"COPY (SELECT prompt, messages, prompt_id FROM read_parquet({DuckDbConnection.Literal(input)})) TO {DuckDbConnection.Literal(Path.Combine(output, "all.jsonl"))} (FORMAT json)");
                break;
            case "make-parquet-2048" or "make-parquet-122880":
                DuckDb($"COPY (SELECT * FROM read_json({DuckDbConnection.Literal(input)}, format = 'newline_delimited')) TO {DuckDbConnection.Literal(Path.Combine(output, "chat.parquet"))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {name["make-parquet-".Length..]})");
                break;
            default:
                throw new ArgumentException($"There is no benchmark {name}.", nameof(name));
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.Refresh();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {(process.TotalProcessorTime - cpu).TotalSeconds} {PeakBytes() / 1e6}"));
        return 0;
    }

    /// <summary>Starts a process for one run and reads what it took.</summary>
    public static Measurement Start(string name, string input, string output, bool keep = false)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["measure", name, input, output]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string[] numbers = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        process.WaitForExit();
        if (!keep)
        {
            Directory.Delete(output, recursive: true);
        }

        return process.ExitCode == 0
            ? new Measurement(Number(numbers[0]), Number(numbers[1]), Number(numbers[2]))
            : throw new InvalidOperationException($"The run {name} ended with exit code {process.ExitCode}.");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static async Task PrepareAsync(string input, IDatasetSink sink, string output)
    {
        DatasetPreparationResult result = await new DatasetPreparation(TimeProvider.System).PrepareAsync(
            [new DatasetFile(input, new FileInfo(input).Length)],
            static (file, _) => Task.FromResult<Stream>(new FileStream(file.Name, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0)),
            new DatasetRequest { SplitPercent = 100 },
            sink,
            output + ".tmp");
        if (result.Refusal is not null)
        {
            throw new InvalidOperationException(result.Refusal.ToString());
        }
    }

    /// <summary>What no preparation can do without: the bytes are read, hashed and written, and not looked at.</summary>
    private static void CopyAndHash(string input, string output)
    {
        using var source = new FileStream(input, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var target = new FileStream(output, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[1 << 20];
        while (source.Read(block) is > 0 and int read)
        {
            sha256.AppendData(block, 0, read);
            target.Write(block, 0, read);
        }

        _ = sha256.GetHashAndReset();
    }

    private static void DuckDb(string sql)
    {
        // Both get all cores. Insertion order is kept, as prepare keeps it.
        using var connection = new DuckDbConnection([new("threads", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture))]);
        connection.Execute(sql);
    }

    private static long PeakBytes()
    {
        string? line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        using var process = Process.GetCurrentProcess();
        return line is null ? process.PeakWorkingSet64 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
