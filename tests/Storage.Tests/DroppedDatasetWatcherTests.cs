using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Storage.Tests;

public sealed class DroppedDatasetWatcherTests : IClassFixture<AzuriteFixture>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly AzuriteFixture _azurite;
    private readonly string _name = AzuriteFixture.UniqueName("datasets");
    private readonly BlobContainerClient _container;
    private readonly RecordingLogger<DroppedDatasetWatcher> _log = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _drops = new();

    public DroppedDatasetWatcherTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        _container = azurite.Service.GetBlobContainerClient(_name);
    }

    [Fact]
    public async Task Container_is_made_when_missing()
    {
        await Watcher().LookAsync();

        Assert.True(await _container.ExistsAsync());
        Assert.Equal(1, _log.Count("was made"));
    }

    [Fact]
    public async Task Each_version_of_a_drop_is_reported_once()
    {
        await _container.CreateAsync();
        string first = await PutAsync("incoming/chat.jsonl");
        List<DroppedDataset> drops = [];
        DroppedDatasetWatcher watcher = Watcher(onDropped: (drop, _) =>
        {
            drops.Add(drop);
            return Task.CompletedTask;
        });

        await watcher.LookAsync();
        await watcher.LookAsync();
        Assert.Equal([new DroppedDataset(_name, "incoming/chat.jsonl", first)], drops);

        string second = await PutAsync("incoming/chat.jsonl", "{\"v\":2}");
        await watcher.LookAsync();
        await watcher.LookAsync();
        Assert.Equal([first, second], drops.Select(drop => drop.ETag));
    }

    [Fact]
    public async Task Drops_are_reported_the_oldest_first()
    {
        // Storage's times have seconds; a listing by name would tell the second one first.
        using ScriptedHandler handler = new(_ => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(
                $"""
                <?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{_name}"><Prefix>incoming/</Prefix><Blobs>
                <Blob><Name>incoming/a.jsonl</Name><Properties><Last-Modified>Sun, 22 Nov 2026 06:00:02 GMT</Last-Modified><Etag>0x2</Etag>
                <Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>
                <Blob><Name>incoming/b.jsonl</Name><Properties><Last-Modified>Sun, 22 Nov 2026 06:00:01 GMT</Last-Modified><Etag>0x1</Etag>
                <Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>
                <Blob><Name>incoming/0.jsonl</Name><Properties><Last-Modified>Sun, 22 Nov 2026 06:00:02 GMT</Last-Modified><Etag>0x3</Etag>
                <Content-Length>1</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>
                </Blobs><NextMarker /></EnumerationResults>
                """,
                System.Text.Encoding.UTF8,
                "application/xml"),
        });
        BlobClientOptions options = AzuriteFixture.Options();
        options.Transport = new HttpClientTransport(handler);

        await Watcher(new BlobServiceClient(_azurite.Connection.ConnectionString, options)).LookAsync();

        Assert.Equal(["incoming/b.jsonl", "incoming/0.jsonl", "incoming/a.jsonl"], _drops);
    }

    [Fact]
    public async Task Folder_is_one_drop_when_its_request_is_there()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/u/train_sft.jsonl");
        await PutAsync("incoming/u/data/test_sft.jsonl");
        await PutAsync("incoming/w/train_sft.jsonl");
        await PutAsync("incoming/w/run.json");
        DroppedDatasetWatcher watcher = Watcher();

        await watcher.LookAsync();
        await watcher.LookAsync();
        Assert.Equal(["incoming/w/run.json"], _drops);
        Assert.Equal(1, _log.Count("incoming/u/ holds dataset files"));
        Assert.Equal(0, _log.Count("incoming/w/ holds dataset files"));

        await PutAsync("incoming/u/run.json");
        await watcher.LookAsync();
        Assert.Equal(["incoming/w/run.json", "incoming/u/run.json"], _drops);
    }

    [Fact]
    public async Task Blob_that_is_nothing_of_ours_is_named_once()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/readme.md");
        await PutAsync("incoming/chat.run.json");
        await PutAsync("elsewhere/chat.jsonl");
        DroppedDatasetWatcher watcher = Watcher();

        await watcher.LookAsync();
        await PutAsync("incoming/readme.md", "again");
        await watcher.LookAsync();

        Assert.Empty(_drops);
        Assert.StartsWith($"Blob {_name}/incoming/readme.md is left alone: it is no dataset (.jsonl, .parquet, ", Assert.Single(_log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blob_that_was_deleted_and_dropped_again_is_a_new_drop()
    {
        await _container.CreateAsync();
        DroppedDatasetWatcher watcher = Watcher();
        foreach (string content in (string[])["{}", "{ }"])
        {
            await PutAsync("incoming/chat.jsonl", content);
            await watcher.LookAsync();
            await _container.DeleteBlobAsync("incoming/chat.jsonl");
            await watcher.LookAsync();
        }

        Assert.Equal(2, _drops.Count);
    }

    [Fact]
    public async Task Empty_blob_waits_for_its_content()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/chat.jsonl", "");
        DroppedDatasetWatcher watcher = Watcher();
        await watcher.LookAsync();
        await watcher.LookAsync();
        Assert.Empty(_drops);
        Assert.Equal(1, _log.Count("it is empty"));

        await PutAsync("incoming/chat.jsonl");
        await watcher.LookAsync();
        Assert.Equal(["incoming/chat.jsonl"], _drops);
    }

    [Fact]
    public async Task Append_blob_waits_until_it_grows_no_more()
    {
        await _container.CreateAsync();
        AppendBlobClient blob = _container.GetAppendBlobClient("incoming/chat.jsonl");
        await blob.CreateAsync();
        DroppedDatasetWatcher watcher = Watcher();
        for (int i = 0; i < 3; i++)
        {
            using MemoryStream line = new("{}\n"u8.ToArray());
            await blob.AppendBlockAsync(line);
            await watcher.LookAsync();
            Assert.Empty(_drops);
        }

        await watcher.LookAsync();
        await watcher.LookAsync();
        Assert.Equal(["incoming/chat.jsonl"], _drops);
    }

    [Fact]
    public async Task Drop_that_could_not_be_started_is_tried_again_and_keeps_no_other_waiting()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/bad.jsonl");
        await PutAsync("incoming/good.jsonl");
        int attempts = 0;
        DroppedDatasetWatcher watcher = Watcher(onDropped: (drop, _) =>
        {
            if (drop.Name == "incoming/bad.jsonl" && ++attempts < 6)
            {
                throw new InvalidOperationException("engine is busy");
            }

            _drops.Enqueue(drop.Name);
            return Task.CompletedTask;
        });

        for (int i = 0; i < 8; i++)
        {
            await watcher.LookAsync();
        }

        Assert.Equal(["incoming/good.jsonl", "incoming/bad.jsonl"], _drops);
        Assert.Equal(6, attempts);

        // Of five failures the 1st, 2nd and 4th are logged.
        Assert.Equal(3, _log.Count("could not be started"));
    }

    [Fact]
    public async Task More_blobs_than_a_page_are_all_reported()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/a.jsonl");
        await PutAsync("incoming/b.jsonl");
        await PutAsync("incoming/c.jsonl");
        BlobClientOptions options = AzuriteFixture.Options();
        options.AddPolicy(new PageSize(1), HttpPipelinePosition.PerCall);
        BlobServiceClient onePerPage = new(_azurite.Connection.ConnectionString, options);

        await Watcher(onePerPage).LookAsync();

        Assert.Equal(["incoming/a.jsonl", "incoming/b.jsonl", "incoming/c.jsonl"], _drops.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Listing_that_breaks_off_reports_nothing_and_forgets_nothing()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/a.jsonl");
        await PutAsync("incoming/b.jsonl");
        bool broken = false;
        using ScriptedHandler handler = new(request =>
            broken && request.RequestUri!.Query.Contains("marker=", StringComparison.Ordinal) ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null);
        BlobClientOptions options = AzuriteFixture.Options();
        options.AddPolicy(new PageSize(1), HttpPipelinePosition.PerCall);
        options.Transport = new HttpClientTransport(handler);
        DroppedDatasetWatcher watcher = Watcher(new BlobServiceClient(_azurite.Connection.ConnectionString, options));
        await watcher.LookAsync();
        Assert.Equal(2, _drops.Count);

        broken = true;
        await PutAsync("incoming/0.jsonl");
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => watcher.LookAsync());
        Assert.Equal(OutcomeKind.Transient, exception.Kind);
        Assert.Equal(2, _drops.Count);

        broken = false;
        await watcher.LookAsync();
        Assert.Equal(["incoming/0.jsonl"], _drops.Skip(2));
    }

    [Fact]
    public async Task Watcher_looks_at_once_and_then_at_every_interval()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/a.jsonl");
        Channel<string> drops = Channel.CreateUnbounded<string>();
        RequestCounter requests = new();
        DroppedDatasetWatcher watcher = Watcher(_azurite.Client(requests), async (drop, token) => await drops.Writer.WriteAsync(drop.Name, token));
        using CancellationTokenSource stop = new();
        Task running = watcher.RunAsync(stop.Token);

        Assert.Equal("incoming/a.jsonl", await drops.Reader.ReadAsync());
        await PutAsync("incoming/b.jsonl");
        _time.Advance(Interval - TimeSpan.FromMilliseconds(1));
        Assert.Single(requests.Uris);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("incoming/b.jsonl", await drops.Reader.ReadAsync());
        Assert.Equal(2, requests.Uris.Count());

        await stop.CancelAsync();
        await running;
        Assert.False(drops.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Outage_is_told_once_and_outlived()
    {
        await _container.CreateAsync();
        await PutAsync("incoming/a.jsonl");
        using SemaphoreSlim looks = new(0);
        bool down = true;
        using ScriptedHandler handler = new(_ =>
        {
            looks.Release();
            return Volatile.Read(ref down) ? throw new HttpRequestException("Connection refused") : null;
        });
        BlobClientOptions options = AzuriteFixture.Options();
        options.Transport = new HttpClientTransport(handler);
        TaskCompletionSource reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DroppedDatasetWatcher watcher = Watcher(new BlobServiceClient(_azurite.Connection.ConnectionString, options), (_, _) =>
        {
            reported.SetResult();
            return Task.CompletedTask;
        });
        using CancellationTokenSource stop = new();
        Task running = watcher.RunAsync(stop.Token);
        for (int look = 0; look < 4; look++)
        {
            await looks.WaitAsync();
            if (look == 3)
            {
                Volatile.Write(ref down, false);
            }

            _time.Advance(Interval);
        }

        await reported.Task;
        await stop.CancelAsync();
        await running;
        Assert.Equal(1, _log.Count("can't be read"));
        Assert.Equal(1, _log.Count("can be read again"));
    }

    private DroppedDatasetWatcher Watcher(BlobServiceClient? service = null, Func<DroppedDataset, CancellationToken, Task>? onDropped = null) => new(
        service ?? _azurite.Service,
        onDropped ?? ((drop, _) =>
        {
            _drops.Enqueue(drop.Name);
            return Task.CompletedTask;
        }),
        _log,
        _time,
        Interval,
        _name);

    private async Task<string> PutAsync(string name, string content = "{}")
    {
        BlobContentInfo info = await _container.GetBlobClient(name).UploadAsync(new BinaryData(content), overwrite: true);
        return info.ETag.ToString().Trim('"');
    }

    /// <summary>Asks for small pages, as a container with many blobs answers anyway.</summary>
    private sealed class PageSize(int size) : HttpPipelineSynchronousPolicy
    {
        public override void OnSendingRequest(HttpMessage message)
        {
            if (message.Request.Uri.Query.Contains("comp=list", StringComparison.Ordinal)
                && !message.Request.Uri.Query.Contains("maxresults", StringComparison.Ordinal))
            {
                message.Request.Uri.AppendQuery("maxresults", size.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }
}
