using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.Workflow.Tests.Activities;

/// <summary>How a dataset's files travel: what is sent where, when it can be seen, and what a broken end leaves.</summary>
public sealed class PrepareDatasetTests
{
    private const string Row = """{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Because."}]}""";
    private static readonly DatasetFile File1 = new("incoming/chat.jsonl", 100, "0x1");
    private readonly Mock<IDatasetSource> _source = new();
    private readonly Mock<IDatasetPreparation> _preparation = new(MockBehavior.Strict);
    private readonly Mock<IDatastoreUploads> _uploads = new(MockBehavior.Strict);
    private readonly Mock<IRunRecords> _records = new(MockBehavior.Strict);
    private readonly Dictionary<string, (string Hash, string Content)> _uploaded = [];
    private readonly Dictionary<string, string> _recorded = [];
    private DatasetFile _file = File1;

    public PrepareDatasetTests()
    {
        _preparation.Setup(x => x.RenderReport("incoming/chat.jsonl", It.IsAny<DatasetPreparationResult>()))
            .Returns((string _, DatasetPreparationResult result) => $"page: {result.Refusal?.Code ?? "accepted"}");
        _source.Setup(x => x.ListAsync(It.IsAny<string>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => [_file]);
        _uploads.Setup(x => x.UploadAsync(It.IsAny<Stream>(), It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .Returns(async (Stream content, string hash, string name, CancellationToken _) =>
            {
                string text = await ReadAsync(content);
                _uploaded[name] = (hash, text);
                return $"azureml://{hash}/{name}";
            });
        _records.Setup(x => x.WriteAsync("run-1", It.IsAny<string>(), It.IsAny<Stream>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .Returns(async (string _, string name, Stream content, string _, CancellationToken _) =>
            {
                _recorded[name] = await ReadAsync(content);
                return $"https://records/{name}";
            });
    }

    [Fact]
    public async Task Splits_for_the_job_go_to_the_datastore_and_everything_else_to_the_records()
    {
        Prepares(("train_sft.jsonl", 3), ("train_sft.rows.csv", 1), ("test_sft.jsonl", 2), ("train_gen.jsonl", 1), ("test_gen.jsonl", 40), ("changes.csv", 1));

        DatasetPreparationOutcome outcome = (await RunAsync()).Value!;

        Assert.Null(outcome.Refusal);
        Assert.Equal(["test_sft.jsonl", "train_sft.jsonl"], _uploaded.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Lines(3), _uploaded["train_sft.jsonl"].Content);
        Assert.Superset(new HashSet<string>(["changes.csv", "train_sft.rows.csv", "manifest.json", "dataset-report.json", "dataset-report.html", "smoke-rows.jsonl"]), _recorded.Keys.ToHashSet());
        Assert.Equal(20, _recorded["smoke-rows.jsonl"].Split('\n').Length);
        Assert.Equal(["azureml://", "azureml://", null, null], outcome.Summary.Splits.Select(split => split.Uri?[..10]));
    }

    [Fact]
    public async Task A_refused_dataset_leaves_nothing_but_its_report()
    {
        Prepares(new Failure("DatasetRefused", "2 rows are invalid."), ("train_sft.jsonl", 3), ("train_sft.rows.csv", 1));

        DatasetPreparationOutcome outcome = (await RunAsync()).Value!;

        Assert.Equal("DatasetRefused", outcome.Refusal?.Code);
        Assert.Empty(_uploaded);
        Assert.Equal(["dataset-report.html", "dataset-report.json", "manifest.json"], _recorded.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_refused_dataset_is_marked_beside_itself_and_one_that_is_accepted_loses_its_mark()
    {
        Prepares(new Failure("DatasetRefused", "2 rows are invalid."), ("train_sft.jsonl", 3));
        await RunAsync();
        _source.Verify(x => x.MarkRefusedAsync("incoming/chat.jsonl", "page: DatasetRefused", It.IsAny<CancellationToken>()), Times.Once());
        Assert.Equal("page: DatasetRefused", _recorded["dataset-report.html"]);

        Prepares(("train_sft.jsonl", 3), ("test_sft.jsonl", 1));
        await RunAsync();
        _source.Verify(x => x.ClearRefusalAsync("incoming/chat.jsonl", It.IsAny<CancellationToken>()), Times.Once());
        _source.Verify(x => x.MarkRefusedAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>()), Times.Once());
    }

    [Fact]
    public async Task A_dataset_that_can_not_be_read_at_all_is_marked_too()
    {
        _preparation.Setup(Prepare()).ThrowsAsync(new UpstreamException(OutcomeKind.Invalid, new Failure("ParquetUnreadable", "It is no Parquet.")));

        Outcome<DatasetPreparationOutcome> outcome = await RunAsync();

        Assert.Equal("ParquetUnreadable", outcome.Failure?.Code);
        _source.Verify(x => x.MarkRefusedAsync("incoming/chat.jsonl", "page: ParquetUnreadable", It.IsAny<CancellationToken>()), Times.Once());
    }

    [Fact]
    public async Task A_container_that_may_only_be_read_costs_the_mark_and_a_warning()
    {
        _source.Setup(x => x.MarkRefusedAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new UpstreamException(OutcomeKind.Denied, new Failure("StorageDenied", "No.")));
        Prepares(new Failure("DatasetRefused", "2 rows are invalid."), ("train_sft.jsonl", 3));

        DatasetPreparationOutcome outcome = (await RunAsync()).Value!;

        Assert.Equal("DatasetRefused", outcome.Refusal?.Code);
        Assert.Contains("incoming/chat.jsonl.refused.html", outcome.Summary.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_that_fails_ends_the_preparation_instead_of_leaving_it_waiting()
    {
        _uploads.Setup(x => x.UploadAsync(It.IsAny<Stream>(), It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new UpstreamException(OutcomeKind.Transient, new Failure("StorageUnavailable", "No answer.")));
        Prepares(("train_sft.jsonl", 400_000));

        Outcome<DatasetPreparationOutcome> outcome = await RunAsync();

        Assert.Equal((OutcomeKind.Transient, "StorageUnavailable"), (outcome.Kind, outcome.Failure?.Code));
    }

    [Theory]
    [InlineData("0x1", null)]
    [InlineData(null, null)]
    [InlineData("0x0", "DatasetReplaced")]
    public async Task A_dropped_blob_is_prepared_as_it_was_dropped_or_not_at_all(string? dropped, string? code)
    {
        _file = File1 with { ETag = "0x1" };
        Prepares(("train_sft.jsonl", 1), ("test_sft.jsonl", 1));

        Outcome<DatasetPreparationOutcome> outcome = await RunAsync(droppedETag: dropped);

        Assert.Equal(code, outcome.Failure?.Code);
        Assert.Equal(code is null, _uploaded.Count > 0);
    }

    [Fact]
    public async Task Temporary_files_of_a_killed_host_are_removed_and_those_of_a_living_one_are_not()
    {
        string killed = Path.Combine(Path.GetTempPath(), $"finetune-dataset-{Guid.NewGuid():N}");
        string living = Path.Combine(Path.GetTempPath(), $"finetune-dataset-{Guid.NewGuid():N}");
        foreach (string folder in (string[])[killed, living])
        {
            Directory.CreateDirectory(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "copy.parquet"), "PAR1");
            await File.WriteAllTextAsync(folder + ".lock", "");
        }

        string[] left;
        await using (new FileStream(living + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose))
        {
            Prepares(("train_sft.jsonl", 1), ("test_sft.jsonl", 1));
            await RunAsync();
            left = [.. new[] { killed, killed + ".lock", living, living + ".lock" }.Where(Path.Exists)];
            Directory.Delete(living, recursive: true);
        }

        Assert.Equal([living, living + ".lock"], left);
    }

    [Fact]
    public async Task A_preparation_leaves_no_temporary_files_whatever_becomes_of_it()
    {
        string? folder = null;
        _preparation.Setup(Prepare()).Returns((
            IReadOnlyList<DatasetFile> _, Func<DatasetFile, CancellationToken, Task<Stream>> _, DatasetRequest _, DatasetChecks _, IDatasetSink _, string temporary, IProgress<long>? _, CancellationToken _) =>
        {
            folder = temporary;
            Directory.CreateDirectory(temporary);
            Assert.True(File.Exists(temporary + ".lock"));
            throw new UpstreamException(OutcomeKind.Transient, new Failure("StorageBusy", "429"));
        });

        await RunAsync();

        Assert.False(Path.Exists(folder));
        Assert.False(Path.Exists(folder + ".lock"));
    }

    [Fact]
    public async Task A_source_that_breaks_off_uploads_nothing()
    {
        _preparation.Setup(Prepare()).Returns(async (
            IReadOnlyList<DatasetFile> _, Func<DatasetFile, CancellationToken, Task<Stream>> _, DatasetRequest _, DatasetChecks _, IDatasetSink sink, string _, IProgress<long>? _, CancellationToken token) =>
        {
            await using Stream stream = await sink.CreateAsync("train_sft.jsonl", token);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(Lines(10)), token);
            throw new UpstreamException(OutcomeKind.Conflict, new Failure("DatasetChanged", "The blob changed."));
        });

        Outcome<DatasetPreparationOutcome> outcome = await RunAsync();

        Assert.Equal("DatasetChanged", outcome.Failure?.Code);
        Assert.Empty(_uploaded);
    }

    [Fact]
    public async Task The_same_version_and_request_go_to_the_same_place_and_another_to_another()
    {
        Prepares(("train_sft.jsonl", 1));
        async Task<string> HashAsync(DatasetRequest? request = null)
        {
            await RunAsync(request);
            return _uploaded["train_sft.jsonl"].Hash;
        }

        string first = await HashAsync();

        Assert.Equal(first, await HashAsync());
        Assert.NotEqual(first, await HashAsync(new DatasetRequest { Path = "incoming/chat.jsonl", SplitPercent = 50 }));
        _file = File1 with { ETag = "0x2" };
        Assert.NotEqual(first, await HashAsync());
    }

    private static string Lines(int count) => string.Concat(Enumerable.Repeat(Row + "\n", count));

    private static async Task<string> ReadAsync(Stream content)
    {
        using var reader = new StreamReader(content, leaveOpen: true);
        return await reader.ReadToEndAsync();
    }

    private static System.Linq.Expressions.Expression<Func<IDatasetPreparation, Task<DatasetPreparationResult>>> Prepare() => x => x.PrepareAsync(
        It.IsAny<IReadOnlyList<DatasetFile>>(), It.IsAny<Func<DatasetFile, CancellationToken, Task<Stream>>>(), It.IsAny<DatasetRequest>(),
        It.IsAny<DatasetChecks>(), It.IsAny<IDatasetSink>(), It.IsAny<string>(), It.IsAny<IProgress<long>?>(), It.IsAny<CancellationToken>());

    private void Prepares(params (string Name, int Rows)[] files) => Prepares(null, files);

    /// <summary>As the engine does it: one file after the other, in blocks, and completed or taken back at the end.</summary>
    private void Prepares(Failure? refusal, params (string Name, int Rows)[] files) => _preparation.Setup(Prepare()).Returns(async (
        IReadOnlyList<DatasetFile> _, Func<DatasetFile, CancellationToken, Task<Stream>> _, DatasetRequest _, DatasetChecks _, IDatasetSink sink, string _, IProgress<long>? _, CancellationToken token) =>
    {
        foreach ((string name, int rows) in files)
        {
            await using Stream stream = await sink.CreateAsync(name, token);
            byte[] content = Encoding.UTF8.GetBytes(Lines(rows));
            await Task.Run(
                () =>
                {
                    for (int at = 0; at < content.Length; at += 1 << 20)
                    {
                        stream.Write(content, at, Math.Min(1 << 20, content.Length - at));
                    }
                },
                token);
        }

        PreparedSplit[] splits = [.. files.Where(file => file.Name.EndsWith(".jsonl", StringComparison.Ordinal)).Select(file => new PreparedSplit(Kind(file.Name), file.Name, file.Rows, 1, new string('a', 64)))];
        foreach (PreparedSplit split in splits.Where(_ => refusal is null))
        {
            await sink.CompleteAsync(split, token);
        }

        foreach ((string name, _) in files.Where(_ => refusal is not null))
        {
            await sink.DiscardAsync(name);
        }

        return new DatasetPreparationResult(refusal is null ? splits : [], Orchestrations.InMemoryAzure.Report(rows: 2, invalid: 0), refusal);
    });

    private static SplitKind Kind(string name) => name switch
    {
        "train_sft.jsonl" => SplitKind.Train,
        "test_sft.jsonl" => SplitKind.Test,
        "train_gen.jsonl" => SplitKind.TrainGeneration,
        _ => SplitKind.TestGeneration,
    };

    private Task<Outcome<DatasetPreparationOutcome>> RunAsync(DatasetRequest? request = null, string? droppedETag = null) =>
        new PrepareDataset(_source.Object, _preparation.Object, _uploads.Object, _records.Object).RunAsync(
            new ActivityContext("run-1", nameof(PrepareDataset)),
            new DatasetPreparing("run-1", request ?? new DatasetRequest { Path = "incoming/chat.jsonl" }, "chat") { DroppedETag = droppedETag },
            CancellationToken.None);
}
