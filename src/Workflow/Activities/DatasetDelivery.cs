using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Delivers a dataset's files while they are made: what the job reads to the datastore, row maps and the log of changes to the run's
/// records. Nothing can be seen of a file before the dataset is accepted.
/// </summary>
internal sealed class DatasetDelivery : IDatasetSink, IAsyncDisposable
{
    private const int Backlog = 16 * 1024 * 1024;

    // Part of every hash: another version of this program may prepare the same source differently.
    private static readonly string Version = typeof(DatasetDelivery).Assembly.GetName().Version!.ToString();
    private readonly DatasetPreparing _input;
    private readonly string _hash;
    private readonly IDatastoreUploads _uploads;
    private readonly IRunRecords _records;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, Delivery> _deliveries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LineSample> _samples = new(StringComparer.Ordinal);

    public DatasetDelivery(
        DatasetPreparing input, IReadOnlyList<DatasetFile> files, IDatastoreUploads uploads, IRunRecords records, CancellationToken cancellationToken)
    {
        _input = input;
        _hash = HashOf(input, files);
        _uploads = uploads;
        _records = records;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The splits, each with where the job finds it.</summary>
    public List<UploadedSplit> Splits { get; } = [];

    /// <inheritdoc/>
    public Task<Stream> CreateAsync(string fileName, CancellationToken cancellationToken)
    {
        Stream stream = Stream.Null;
        if (IsSent(fileName) || !fileName.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: Backlog, resumeWriterThreshold: Backlog / 2, useSynchronizationContext: false));
            _deliveries.Add(fileName, new Delivery(pipe.Writer, SendAsync(fileName, pipe.Reader)));
            stream = pipe.Writer.AsStream(leaveOpen: true);
        }

        if (fileName.StartsWith("test_", StringComparison.Ordinal) && fileName.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            var sample = new LineSample(stream, _input.Dataset.Seed);
            _samples.Add(fileName, sample);
            stream = sample;
        }

        return Task.FromResult(stream);
    }

    /// <inheritdoc/>
    public async Task CompleteAsync(PreparedSplit split, CancellationToken cancellationToken)
    {
        string? uri = IsSent(split.FileName) ? await FinishAsync(split.FileName) : null;
        Splits.Add(new UploadedSplit(split.Kind, uri, split.Rows, split.Bytes, split.Sha256));
    }

    /// <inheritdoc/>
    public async Task DiscardAsync(string fileName)
    {
        if (_deliveries.Remove(fileName, out Delivery? delivery))
        {
            await AbandonAsync(delivery);
        }
    }

    /// <summary>Ends the files that are no splits, and keeps rows of the test split for the smoke test.</summary>
    public async Task FinishAsync()
    {
        foreach (string fileName in _deliveries.Keys.ToArray())
        {
            await FinishAsync(fileName);
        }

        if ((_samples.GetValueOrDefault("test_gen.jsonl") ?? _samples.GetValueOrDefault("test_sft.jsonl")) is { } questions)
        {
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', questions.Lines)));
            await _records.WriteAsync(_input.RunId, RunRecordNames.SmokeRows, content, "application/jsonl", _cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Delivery delivery in _deliveries.Values)
        {
            await AbandonAsync(delivery);
        }
    }

    // The generation splits are prepared but not sent: the notebook's job reads train_sft and test_sft only.
    private static bool IsSent(string fileName) =>
        fileName.EndsWith(".jsonl", StringComparison.Ordinal) && !fileName.EndsWith("_gen.jsonl", StringComparison.Ordinal);

    /// <summary>
    /// Known before a byte is read, so that rows can be sent while they are checked: it stands for the source's version and all that
    /// decides what becomes of it. A source without a version stands for this run alone.
    /// </summary>
    private static string HashOf(DatasetPreparing input, IReadOnlyList<DatasetFile> files)
    {
        string[] versions = [.. files.Select(file => $"{file.Name}\n{file.Length}\n{file.ETag ?? input.RunId}")];
        string text = JsonSerializer.Serialize(new { Version, versions, input.Dataset, input.Checks.Model }, DurableJson.Options);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private async Task<string> SendAsync(string fileName, PipeReader content)
    {
        try
        {
            await using Stream stream = content.AsStream(leaveOpen: true);
            string uri = IsSent(fileName)
                ? await _uploads.UploadAsync(stream, _hash, fileName, _cancellationToken)
                : await _records.WriteAsync(_input.RunId, fileName, stream, "text/csv", _cancellationToken);
            await content.CompleteAsync();
            return uri;
        }
        catch (Exception error)
        {
            // Whoever writes is told at its next block, instead of waiting for a reader that is gone.
            await content.CompleteAsync(error);
            throw;
        }
    }

    private async Task<string> FinishAsync(string fileName)
    {
        Delivery delivery = _deliveries[fileName];
        await delivery.Writer.CompleteAsync();
        string uri = await delivery.Sending;
        _deliveries.Remove(fileName);
        return uri;
    }

    private static async Task AbandonAsync(Delivery delivery)
    {
        await delivery.Writer.CompleteAsync(new OperationCanceledException("The dataset is not delivered."));

        // It ends as it must: without its content.
        await delivery.Sending.ContinueWith(static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private sealed record Delivery(PipeWriter Writer, Task<string> Sending);
}
