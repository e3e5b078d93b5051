using System.Globalization;
using System.Text;
using System.Text.Json;
using FineTune.Datasets.Parquet;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Tests;

/// <summary>A temporary folder, source files in it or in memory, and what preparing them gave.</summary>
internal sealed class Workbench : IDisposable
{
    private readonly List<(DatasetFile File, Func<Stream> Open)> _files = [];
    private int _runs;

    public string Folder { get; } = Directory.CreateTempSubdirectory("finetune datasets ").FullName;

    /// <summary>The output folder of the last run.</summary>
    public string Output { get; private set; } = "";

    public string OutputName { get; set; } = "out";

    public DatasetOptions Options { get; set; } = new();

    public DatasetLimits Limits
    {
        get => Options.Limits;
        set => Options = Options with { Limits = value };
    }

    public static string Row(string question, string answer = "Yes.", string? promptId = null) =>
        JsonSerializer.Serialize(promptId is null
            ? new { messages = Turns(question, answer) }
            : (object)new { prompt = question, messages = Turns(question, answer), prompt_id = promptId });

    public static IEnumerable<string> Rows(int count, string prefix = "q") =>
        Enumerable.Range(0, count).Select(i => Row($"{prefix} {i.ToString(CultureInfo.InvariantCulture)}?", promptId: $"{prefix}{i.ToString(CultureInfo.InvariantCulture)}"));

    public Workbench Jsonl(string name, params IEnumerable<string> rows) => Bytes(name, Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => row + "\n"))));

    public Workbench Bytes(string name, byte[] content) => Stream(name, content.Length, () => new MemoryStream(content));

    public Workbench Stream(string name, long length, Func<Stream> open)
    {
        _files.Add((new DatasetFile(name, length, $"\"{name}\""), open));
        return this;
    }

    /// <summary>Adds a Parquet file of what a query gives.</summary>
    public Workbench Parquet(string name, string query, string options = "") => Bytes(name, ParquetBytes(query, options));

    public byte[] ParquetBytes(string query, string options = "")
    {
        string path = Path.Combine(Folder, $"{Guid.NewGuid():N}.parquet");
        using var connection = new DuckDbConnection([]);
        connection.Execute($"COPY ({query}) TO {DuckDbConnection.Literal(path)} (FORMAT parquet{options})");
        return File.ReadAllBytes(path);
    }

    public Workbench Clear()
    {
        _files.Clear();
        return this;
    }

    public Task<DatasetPreparationResult> PrepareAsync(DatasetRequest? request = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        PrepareAsync(TimeProvider.System, request, progress, cancellationToken);

    public Task<DatasetPreparationResult> PrepareAsync(TimeProvider timeProvider, DatasetRequest? request, IProgress<long>? progress, CancellationToken cancellationToken = default)
    {
        Output = Directory.CreateDirectory(Path.Combine(Folder, $"{OutputName}{(++_runs).ToString(CultureInfo.InvariantCulture)}")).FullName;
        return new DatasetPreparation(timeProvider, Options).PrepareAsync(
            [.. _files.Select(file => file.File)],
            (file, _) => Task.FromResult(_files.Find(source => source.File == file).Open()),
            request ?? All,
            Output,
            progress,
            cancellationToken);
    }

    /// <summary>Everything, and any share of it may be invalid.</summary>
    public static DatasetRequest All => new() { SplitPercent = 100, MaxInvalidPercent = 100 };

    public string[] Lines(string split) => File.Exists(Path.Combine(Output, split)) ? File.ReadAllLines(Path.Combine(Output, split)) : [];

    public string[] Train => Lines("train_sft.jsonl");

    public string[] Test => Lines("test_sft.jsonl");

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static object[] Turns(string question, string answer) =>
        [new { role = "user", content = question }, new { role = "assistant", content = answer }];
}
