using System.Text;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Storage.Tests;

public sealed class BlobDatasetSourceTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly string _name = AzuriteFixture.UniqueName("datasets");
    private BlobContainerClient _container = null!;
    private BlobDatasetSource _datasets = null!;

    public async Task InitializeAsync()
    {
        _container = azurite.Service.GetBlobContainerClient(_name);
        await _container.CreateAsync();
        _datasets = new BlobDatasetSource(azurite.Service, _name);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Blob_is_listed_with_its_length_and_version()
    {
        string etag = await PutAsync("shared/chat.jsonl", "{}\n");

        Assert.Equal([new DatasetFile("shared/chat.jsonl", 3, etag)], await _datasets.ListAsync("shared/chat.jsonl"));
    }

    [Fact]
    public async Task A_refused_dataset_is_marked_beside_itself_and_the_mark_can_be_taken_back()
    {
        string etag = await PutAsync("incoming/chat.jsonl", "{}\n");

        await _datasets.MarkRefusedAsync("incoming/chat.jsonl", "<p>No.</p>");
        BlobDownloadResult mark = await _container.GetBlobClient("incoming/chat.jsonl.refused.html").DownloadContentAsync();
        Assert.Equal(("<p>No.</p>", "text/html; charset=utf-8"), (mark.Content.ToString(), mark.Details.ContentType));
        Assert.Equal([new DatasetFile("incoming/chat.jsonl", 3, etag)], await _datasets.ListAsync("incoming/chat.jsonl"));

        await _datasets.ClearRefusalAsync("incoming/chat.jsonl");
        await _datasets.ClearRefusalAsync("incoming/chat.jsonl");
        Assert.False(await _container.GetBlobClient("incoming/chat.jsonl.refused.html").ExistsAsync());
    }

    [Fact]
    public async Task Folder_is_listed_by_name_without_what_is_no_dataset()
    {
        foreach (string name in (string[])["u/test_sft.jsonl", "u/run.json", "u/readme.md", "u/data/b.parquet", "u/data/A.PARQUET", "ux/other.jsonl", "u.jsonl"])
        {
            await PutAsync(name, name);
        }

        IReadOnlyList<DatasetFile> files = await _datasets.ListAsync("u/");

        Assert.Equal(["u/data/A.PARQUET", "u/data/b.parquet", "u/test_sft.jsonl"], files.Select(file => file.Name));
        Assert.All(files, file => Assert.Equal(file.Name.Length, file.Length));
        foreach (DatasetFile file in files)
        {
            // The version from a listing is good for reading.
            Assert.Equal(file.Name, await ReadAsync(file));
        }
    }

    [Fact]
    public async Task Folder_without_datasets_is_not_found()
    {
        await PutAsync("u/run.json", "{}");

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.ListAsync("u/"));

        Assert.Equal((OutcomeKind.NotFound, "DatasetNotFound", $"{_name}/u/"), (exception.Kind, exception.Failure.Code, exception.Failure.Where));
    }

    [Fact]
    public async Task Blob_that_does_not_exist_is_not_found()
    {
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.ListAsync("none.jsonl"));

        Assert.Equal((OutcomeKind.NotFound, "DatasetNotFound"), (exception.Kind, exception.Failure.Code));
        Assert.NotNull(exception.Failure.RequestId);
    }

    [Fact]
    public async Task Container_that_does_not_exist_is_not_found()
    {
        BlobDatasetSource elsewhere = new(azurite.Service, AzuriteFixture.UniqueName("none"));

        foreach (string path in (string[])["chat.jsonl", "u/"])
        {
            UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => elsewhere.ListAsync(path));
            Assert.Equal(OutcomeKind.NotFound, exception.Kind);
        }
    }

    [Theory]
    [InlineData("", "DatasetPathInvalid")]
    [InlineData("/", "DatasetPathInvalid")]
    [InlineData("/chat.jsonl", "DatasetPathInvalid")]
    [InlineData("a//chat.jsonl", "DatasetPathInvalid")]
    [InlineData("../chat.jsonl", "DatasetPathInvalid")]
    [InlineData("a/./chat.jsonl", "DatasetPathInvalid")]
    [InlineData("a\\chat.jsonl", "DatasetPathInvalid")]
    [InlineData("a\nb.jsonl", "DatasetPathInvalid")]
    [InlineData("chat.txt", "DatasetFormatUnknown")]
    [InlineData("chat", "DatasetFormatUnknown")]
    public async Task Path_that_is_no_dataset_is_invalid(string path, string code)
    {
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.ListAsync(path));

        Assert.Equal((OutcomeKind.Invalid, code), (exception.Kind, exception.Failure.Code));
    }

    [Fact]
    public async Task Blob_that_changed_since_it_was_listed_is_a_conflict()
    {
        await PutAsync("chat.jsonl", "old");
        DatasetFile file = Assert.Single(await _datasets.ListAsync("chat.jsonl"));
        await PutAsync("chat.jsonl", "new");

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.OpenReadAsync(file));

        Assert.Equal((OutcomeKind.Conflict, "BlobChanged"), (exception.Kind, exception.Failure.Code));
    }

    [Fact]
    public async Task Blob_that_changes_while_it_is_read_is_a_conflict()
    {
        await PutAsync("chat.jsonl", new string('a', 9 * 1024 * 1024));
        DatasetFile file = Assert.Single(await _datasets.ListAsync("chat.jsonl"));
        await using Stream content = await _datasets.OpenReadAsync(file);
        await content.ReadExactlyAsync(new byte[1024]);
        await PutAsync("chat.jsonl", new string('b', 9 * 1024 * 1024));

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => content.CopyToAsync(Stream.Null));

        Assert.Equal((OutcomeKind.Conflict, "BlobChanged"), (exception.Kind, exception.Failure.Code));
    }

    [Fact]
    public async Task Blob_that_is_gone_is_not_found()
    {
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.OpenReadAsync(new DatasetFile("gone.jsonl", 1)));

        Assert.Equal(OutcomeKind.NotFound, exception.Kind);
    }

    [Fact]
    public async Task Empty_blob_reads_as_nothing()
    {
        await PutAsync("empty.jsonl", "");

        Assert.Equal("", await ReadAsync(Assert.Single(await _datasets.ListAsync("empty.jsonl"))));
    }

    [Fact]
    public async Task Content_survives_connections_that_break()
    {
        byte[] expected = new byte[10 * 1024 * 1024];
        new Random(7).NextBytes(expected);
        await _container.GetBlobClient("chat.jsonl").UploadAsync(new BinaryData(expected));
        int broken = 0;
        using ScriptedHandler handler = new(_ => null, async response =>
        {
            // Every other answer with content breaks off in the middle.
            if (response.RequestMessage!.Method == HttpMethod.Get
                && response.Content.Headers.ContentLength is > 1_000_000 and long length
                && Interlocked.Increment(ref broken) % 2 == 1)
            {
                response.Content = new BrokenContent(await response.Content.ReadAsByteArrayAsync(), length / 2, response.Content);
            }
        });
        BlobClientOptions options = new() { Transport = new HttpClientTransport(handler), Retry = { Delay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero } };
        BlobDatasetSource datasets = new(new BlobServiceClient(azurite.Connection.ConnectionString, options), _name);

        await using Stream content = await datasets.OpenReadAsync(Assert.Single(await datasets.ListAsync("chat.jsonl")));
        using MemoryStream actual = new();
        await content.CopyToAsync(actual);

        Assert.True(expected.AsSpan().SequenceEqual(actual.ToArray()));
        Assert.True(broken >= 3, $"{broken} answers with content were seen.");
    }

    [Fact]
    public async Task Request_beside_a_dataset_is_read()
    {
        DroppedDataset drop = new(_name, "incoming/chat.parquet", "0x1");
        Assert.Null(await _datasets.ReadRunRequestAsync(drop));

        await PutAsync("incoming/chat.run.json", "{\"a\":1}");
        Assert.Equal(("incoming/chat.run.json", "{\"a\":1}"), await RequestAsync(drop));

        await PutAsync("incoming/chat.parquet.run.json", "{\"a\":2}");
        Assert.Equal(("incoming/chat.parquet.run.json", "{\"a\":2}"), await RequestAsync(drop));
    }

    [Fact]
    public async Task Request_of_a_folder_is_the_drop_itself_in_its_version()
    {
        string etag = await PutAsync("incoming/u/run.json", "{\"a\":1}");
        DroppedDataset drop = new(_name, "incoming/u/run.json", etag);
        Assert.Equal(("incoming/u/run.json", "{\"a\":1}"), await RequestAsync(drop));

        await PutAsync("incoming/u/run.json", "{\"a\":2}");
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.ReadRunRequestAsync(drop));
        Assert.Equal(OutcomeKind.Conflict, exception.Kind);
    }

    [Fact]
    public async Task Request_may_have_1_MB_and_no_more()
    {
        DroppedDataset drop = new(_name, "incoming/chat.jsonl", "0x1");
        await PutAsync("incoming/chat.run.json", new string(' ', 1024 * 1024));
        Assert.Equal(1024 * 1024, (await _datasets.ReadRunRequestAsync(drop))!.Content.Length);

        await PutAsync("incoming/chat.run.json", new string(' ', (1024 * 1024) + 1));
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => _datasets.ReadRunRequestAsync(drop));
        Assert.Equal((OutcomeKind.Invalid, "RunRequestTooLarge"), (exception.Kind, exception.Failure.Code));
    }

    [Fact]
    public async Task Drop_of_another_container_is_a_mistake_of_the_caller() =>
        await Assert.ThrowsAsync<ArgumentException>(() => _datasets.ReadRunRequestAsync(new DroppedDataset("other", "incoming/chat.jsonl", "0x1")));

    [Fact]
    public void Names_of_every_kind_of_characters_are_found_and_read()
    {
        Arbitrary<string> names = Gen.Elements("abcXYZ019-_. ~!$&'()+,;=@%#?[]äß漢😀".EnumerateRunes().Select(rune => rune.ToString()))
            .NonEmptyListOf()
            .Select(runes => "n" + string.Concat(runes.Take(40)) + "n")
            .ToArbitrary();
        Prop.ForAll(names, name => Task.Run(async () =>
        {
            string path = $"{Guid.NewGuid():N}/{name}.jsonl";
            string etag = await PutAsync(path, name);
            Assert.Equal([new DatasetFile(path, Encoding.UTF8.GetByteCount(name), etag)], await _datasets.ListAsync(path));
            Assert.Equal(path, Assert.Single(await _datasets.ListAsync(path[..33])).Name);
            Assert.Equal(name, await ReadAsync(new DatasetFile(path, 0, etag)));
        }).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private async Task<(string Name, string Content)> RequestAsync(DroppedDataset drop)
    {
        RunRequestFile? file = await _datasets.ReadRunRequestAsync(drop);
        return (file!.Name, Encoding.UTF8.GetString(file.Content.Span));
    }

    private async Task<string> ReadAsync(DatasetFile file)
    {
        await using Stream content = await _datasets.OpenReadAsync(file);
        using StreamReader reader = new(content);
        return await reader.ReadToEndAsync();
    }

    private async Task<string> PutAsync(string name, string content)
    {
        BlobContentInfo info = await _container.GetBlobClient(name).UploadAsync(new BinaryData(content), overwrite: true);
        return info.ETag.ToString().Trim('"');
    }

    /// <summary>Content whose connection breaks after some bytes.</summary>
    private sealed class BrokenContent : HttpContent
    {
        private readonly byte[] _content;
        private readonly long _intact;

        public BrokenContent(byte[] content, long intact, HttpContent original)
        {
            _content = content;
            _intact = intact;
            foreach ((string key, IEnumerable<string> values) in original.Headers)
            {
                Headers.TryAddWithoutValidation(key, values);
            }
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult<Stream>(new BrokenStream(_content, _intact));

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => throw new NotSupportedException();

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Length;
            return true;
        }
    }

    private sealed class BrokenStream(byte[] content, long intact) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_position >= intact)
            {
                throw new IOException("The connection was reset.");
            }

            int read = (int)Math.Min(count, intact - _position);
            Array.Copy(content, _position, buffer, offset, read);
            _position += read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
