using System.Numerics;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;
using Microsoft.Extensions.Logging;

namespace FineTune.Storage;

/// <summary>
/// Looks for dropped datasets at an interval. Each version of a blob is reported once by this object; a restarted host reports it again,
/// so that who listens starts runs by <see cref="RunIds.ForDrop"/>. It remembers the blobs that are there now, and no others.
/// </summary>
public sealed partial class DroppedDatasetWatcher
{
    private readonly BlobContainerClient _container;
    private readonly Func<DroppedDataset, CancellationToken, Task> _onDropped;
    private readonly ILogger<DroppedDatasetWatcher> _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private Dictionary<string, Sighting> _known = new(StringComparer.Ordinal);
    private HashSet<string> _waitingFolders = new(StringComparer.Ordinal);
    private bool _outage;

    /// <summary>Creates the watcher.</summary>
    /// <param name="service">The storage account.</param>
    /// <param name="onDropped">Told of each drop, one after the other, the oldest first. When it throws, the drop is reported again at the next look.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interval">Between two looks; each is one list request per 5000 blobs under <c>incoming/</c>. Infinite for who calls <see cref="LookAsync"/>.</param>
    /// <param name="containerName">The container; made when missing.</param>
    public DroppedDatasetWatcher(
        BlobServiceClient service,
        Func<DroppedDataset, CancellationToken, Task> onDropped,
        ILogger<DroppedDatasetWatcher> logger,
        TimeProvider time,
        TimeSpan interval,
        string containerName = DroppedBlobs.Container)
    {
        if (interval != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        }

        _container = service.GetBlobContainerClient(containerName);
        _onDropped = onDropped;
        _logger = logger;
        _time = time;
        _interval = interval;
    }

    /// <summary>Looks now and then at every interval, until it is stopped. While storage does not answer, it keeps looking and says so once.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>When it is stopped; then without an exception.</returns>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(_interval, _time);
        try
        {
            do
            {
                await LookOrLogAsync(cancellationToken);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    /// <summary>Looks once. Not to be called while another look, or <see cref="RunAsync"/>, is under way.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>When every new drop was reported.</returns>
    /// <exception cref="UpstreamException">Storage could not be read. Nothing was reported; the next look reports it.</exception>
    public async Task LookAsync(CancellationToken cancellationToken = default)
    {
        foreach (Drop drop in await FindDropsAsync(cancellationToken))
        {
            await ReportAsync(drop, cancellationToken);
        }
    }

    private async Task LookOrLogAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
            if (_outage)
            {
                _outage = false;
                LogResumed(_container.Name);
            }
        }
        catch (UpstreamException exception)
        {
            if (!_outage)
            {
                _outage = true;
                LogOutage(exception, _container.Name, exception.Failure.NextStep);
            }
        }
    }

    /// <summary>Lists everything under the prefix, and only then takes it over: a listing that breaks off changes nothing.</summary>
    private async Task<List<Drop>> FindDropsAsync(CancellationToken cancellationToken)
    {
        List<Drop> drops = [];
        Dictionary<string, Sighting> present = new(StringComparer.Ordinal);
        Dictionary<string, bool> folders = new(StringComparer.Ordinal);
        try
        {
            await foreach (BlobItem blob in _container.GetBlobsAsync(prefix: DroppedBlobs.Prefix, cancellationToken: cancellationToken))
            {
                Sight(blob, present, folders, drops);
            }
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == StorageErrors.ContainerNotFound)
        {
            await CreateContainerAsync(cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, _container.Name);
        }

        _known = present;
        TellWaitingFolders(folders);
        drops.Sort((left, right) => (left.Modified, left.Dropped.Name).CompareTo((right.Modified, right.Dropped.Name)));
        return drops;
    }

    private void Sight(BlobItem blob, Dictionary<string, Sighting> present, Dictionary<string, bool> folders, List<Drop> drops)
    {
        DroppedBlobKind kind = DroppedBlobs.Classify(blob.Name);
        switch (kind)
        {
            case DroppedBlobKind.FolderMember:
                folders.TryAdd(FolderOf(blob.Name), false);
                return;
            case DroppedBlobKind.RunRequest:
                return;
            case DroppedBlobKind.Folder:
                folders[FolderOf(blob.Name)] = true;
                break;
        }

        string etag = StorageETags.Plain(blob.Properties.ETag);
        _known.TryGetValue(blob.Name, out Sighting? before);
        bool unchanged = before is not null && before.ETag == etag;
        Sighting sighting = unchanged ? before! : new Sighting(etag);
        present.Add(blob.Name, sighting);

        // Some tools make a blob first and fill it then; the content comes with another ETag.
        if (kind == DroppedBlobKind.Ignored || blob.Properties.ContentLength is 0)
        {
            if (before is null)
            {
                LogIgnored(
                    _container.Name, blob.Name, kind == DroppedBlobKind.Ignored ? DroppedBlobs.IgnoredBecause(blob.Name) : "it is empty");
            }

            return;
        }

        // An append blob grows request by request: it is whole when it was left alone from one look to the next.
        bool settled = unchanged || blob.Properties.BlobType != BlobType.Append;
        if (settled && !sighting.Reported)
        {
            drops.Add(new Drop(
                new DroppedDataset(_container.Name, blob.Name, etag), blob.Properties.LastModified.GetValueOrDefault(), sighting));
        }
    }

    private async Task ReportAsync(Drop drop, CancellationToken cancellationToken)
    {
        try
        {
            await _onDropped(drop.Dropped, cancellationToken);
            drop.Sighting.Reported = true;
        }
#pragma warning disable CA1031 // Whatever is wrong with one drop must not keep the others from starting; it is logged and tried again.
        catch (Exception exception) when (!(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
#pragma warning restore CA1031
        {
            // The 1st, 2nd, 4th, 8th … attempt: a failure that stays does not fill the log.
            int attempt = ++drop.Sighting.Attempts;
            if (BitOperations.IsPow2(attempt))
            {
                LogReportFailed(exception, _container.Name, drop.Dropped.Name, attempt);
            }
        }
    }

    private async Task CreateContainerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            LogContainerCreated(_container.Name);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, _container.Name);
        }
    }

    private void TellWaitingFolders(Dictionary<string, bool> folders)
    {
        HashSet<string> waiting = new(StringComparer.Ordinal);
        foreach ((string folder, bool hasRequest) in folders)
        {
            if (!hasRequest && waiting.Add(folder) && !_waitingFolders.Contains(folder))
            {
                LogFolderWaits(_container.Name, folder);
            }
        }

        _waitingFolders = waiting;
    }

    /// <summary>The first folder below the prefix, with its slash.</summary>
    private static string FolderOf(string name) => name[..(name.IndexOf('/', DroppedBlobs.Prefix.Length) + 1)];

    [LoggerMessage(1, LogLevel.Information, "Container {Container} did not exist and was made.")]
    private partial void LogContainerCreated(string container);

    [LoggerMessage(2, LogLevel.Information, "Blob {Container}/{Blob} is left alone: {Reason}.")]
    private partial void LogIgnored(string container, string blob, string reason);

    [LoggerMessage(3, LogLevel.Information, "Folder {Container}/{Folder} holds dataset files and starts when its run.json is dropped.")]
    private partial void LogFolderWaits(string container, string folder);

    [LoggerMessage(4, LogLevel.Error, "Dropped dataset {Container}/{Blob} could not be started (attempt {Attempt}); it is tried again.")]
    private partial void LogReportFailed(Exception exception, string container, string blob, int attempt);

    [LoggerMessage(5, LogLevel.Error, "Container {Container} can't be read; dropped datasets wait until it can. {NextStep}")]
    private partial void LogOutage(Exception exception, string container, string? nextStep);

    [LoggerMessage(6, LogLevel.Information, "Container {Container} can be read again.")]
    private partial void LogResumed(string container);

    /// <summary>A version of a blob that was seen.</summary>
    private sealed class Sighting(string etag)
    {
        public string ETag { get; } = etag;

        public bool Reported { get; set; }

        public int Attempts { get; set; }
    }

    private sealed record Drop(DroppedDataset Dropped, DateTimeOffset Modified, Sighting Sighting);
}
