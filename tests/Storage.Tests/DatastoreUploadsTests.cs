using System.IO.Pipelines;
using System.Net;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using FineTune.LocalHost.Azurite;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.Storage.Tests;

public sealed class DatastoreUploadsTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private const string Hash = "0123456789abcdef0123456789abcdef";
    private const string BlobPath = $"LocalUpload/{Hash}/train_sft.jsonl";

    private readonly string _file = Path.GetTempFileName();
    private readonly RequestCounter _requests = new();
    private BlobContainerClient _container = null!;

    public async Task InitializeAsync()
    {
        _container = azurite.Service.GetBlobContainerClient(AzuriteFixture.UniqueName("azureml-blobstore"));
        await _container.CreateAsync();
        await File.WriteAllTextAsync(_file, "{\"messages\":[]}\n");
    }

    public Task DisposeAsync()
    {
        File.Delete(_file);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Upload_is_addressed_and_marked_as_azure_ai_ml_does()
    {
        string uri = await SendAsync(Uploads());

        Assert.Equal($"azureml://datastores/workspaceblobstore/paths/{BlobPath}", uri);
        BlobDownloadResult blob = await _container.GetBlobClient(BlobPath).DownloadContentAsync();
        Assert.Equal("{\"messages\":[]}\n", blob.Content.ToString());
        Assert.Equal("application/octet-stream", blob.Details.ContentType);
        Assert.Equal("completed", blob.Details.Metadata["upload_status"]);
        Assert.True(Guid.TryParse(blob.Details.Metadata["name"], out _));
        Assert.True(Guid.TryParse(blob.Details.Metadata["version"], out _));
    }

    [Fact]
    public async Task Second_upload_sends_nothing()
    {
        DatastoreUploads uploads = Uploads();
        string first = await SendAsync(uploads);
        Assert.Equal(2, _requests.Count(RequestMethod.Put));
        ETag etag = (await _container.GetBlobClient(BlobPath).GetPropertiesAsync()).Value.ETag;
        _requests.Clear();

        string second = await SendAsync(uploads);

        Assert.Equal(first, second);
        Assert.Equal((1, 0), (_requests.Count(RequestMethod.Head), _requests.Count(RequestMethod.Put)));
        Assert.Equal(etag, (await _container.GetBlobClient(BlobPath).GetPropertiesAsync()).Value.ETag);
    }

    [Fact]
    public async Task Upload_by_azure_ai_ml_is_recognised()
    {
        await _container.GetBlobClient(BlobPath).UploadAsync(
            _file, new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["upload_status"] = "completed", ["name"] = "n", ["version"] = "v" } });

        await SendAsync(Uploads());

        Assert.Equal(0, _requests.Count(RequestMethod.Put));
    }

    [Fact]
    public async Task Upload_whose_mark_is_missing_is_done_again()
    {
        await _container.GetBlobClient(BlobPath).UploadAsync(new BinaryData("{\"mess"));

        await SendAsync(Uploads());

        BlobDownloadResult blob = await _container.GetBlobClient(BlobPath).DownloadContentAsync();
        Assert.Equal("{\"messages\":[]}\n", blob.Content.ToString());
        Assert.Equal("completed", blob.Details.Metadata["upload_status"]);
    }

    [Fact]
    public async Task Upload_that_somebody_changed_is_neither_taken_nor_replaced()
    {
        await _container.GetBlobClient(BlobPath).UploadAsync(
            new BinaryData("{\"mess"), new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["upload_status"] = "completed" } });

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => SendAsync(Uploads()));

        Assert.Equal((OutcomeKind.Conflict, "DatastoreBlobDiffers"), (exception.Kind, exception.Failure.Code));
        Assert.Equal("{\"mess", (await _container.GetBlobClient(BlobPath).DownloadContentAsync()).Value.Content.ToString());
    }

    [Fact]
    public async Task Large_file_goes_in_blocks_and_a_broken_upload_leaves_no_blob()
    {
        byte[] content = new byte[20 * 1024 * 1024];
        new Random(7).NextBytes(content);
        await File.WriteAllBytesAsync(_file, content);
        int blocks = 0;
        HttpResponseMessage? FailSecondBlock(HttpRequestMessage request) =>
            request.RequestUri!.Query.Contains("comp=block&", StringComparison.Ordinal) && Interlocked.Increment(ref blocks) == 2
                ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
                : null;
        using ScriptedHandler handler = new(FailSecondBlock);
        BlobClientOptions options = AzuriteFixture.Options(_requests);
        options.Transport = new HttpClientTransport(handler);
        DatastoreUploads uploads = Uploads(options: options);

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => SendAsync(uploads));
        Assert.Equal(OutcomeKind.Transient, exception.Kind);
        Assert.False(await _container.GetBlobClient(BlobPath).ExistsAsync());

        // Two of the three blocks have arrived: the third is sent, and the list of them.
        _requests.Clear();
        await SendAsync(uploads);
        Assert.Equal(2, _requests.Count(RequestMethod.Put));
        BlobDownloadResult blob = await _container.GetBlobClient(BlobPath).DownloadContentAsync();
        Assert.True(content.AsSpan().SequenceEqual(blob.Content.ToMemory().Span));
    }

    [Fact]
    public async Task Attempt_that_comes_second_keeps_what_the_first_completed()
    {
        // Between our HEAD and our PUT, another attempt completes the same upload.
        bool raced = false;
        HttpResponseMessage? Race(HttpRequestMessage request)
        {
            if (request.Method == HttpMethod.Put && !raced)
            {
                raced = true;
                Task.Run(() => SendAsync(Uploads(options: AzuriteFixture.Options()))).GetAwaiter().GetResult();
            }

            return null;
        }

        using ScriptedHandler handler = new(Race);
        BlobClientOptions options = AzuriteFixture.Options(_requests);
        options.Transport = new HttpClientTransport(handler);

        await SendAsync(Uploads(options: options));

        Assert.True(raced);
        Assert.Equal((2, 2), (_requests.Count(RequestMethod.Head), _requests.Count(RequestMethod.Put)));
    }

    [Fact]
    public async Task Shared_access_signature_opens_the_datastore()
    {
        BlobSasBuilder sas = new(BlobContainerSasPermissions.All, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)) { BlobContainerName = _container.Name };
        string secret = "?" + sas.ToSasQueryParameters(new StorageSharedKeyCredential(AzuriteConnection.AccountName, AzuriteConnection.AccountKey));

        await SendAsync(Uploads(DatastoreCredentialsType.Sas, secret));

        Assert.True(await _container.GetBlobClient(BlobPath).ExistsAsync());
    }

    [Fact]
    public async Task Identity_opens_the_datastore_with_a_token_for_storage()
    {
        List<string> authorizations = [];
        using ScriptedHandler handler = new(request =>
        {
            authorizations.Add($"{request.Headers.Authorization}");
            return new HttpResponseMessage(request.Method != HttpMethod.Put ? HttpStatusCode.NotFound : HttpStatusCode.Created)
            {
                Headers = { ETag = new System.Net.Http.Headers.EntityTagHeaderValue("\"0x1\"") },
                Content = new ByteArrayContent([]) { Headers = { LastModified = DateTimeOffset.UnixEpoch } },
            };
        });
        BlobClientOptions options = AzuriteFixture.Options();
        options.Transport = new HttpClientTransport(handler);
        Mock<TokenCredential> credential = new();
        credential.Setup(x => x.GetTokenAsync(It.IsAny<TokenRequestContext>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(new AccessToken("token-1", DateTimeOffset.MaxValue));

        await SendAsync(Uploads(DatastoreCredentialsType.None, null, options, credential.Object, new Uri("https://account.blob.core.windows.net/store")));

        Assert.Equal(4, authorizations.Count);
        Assert.All(authorizations, authorization => Assert.Equal("Bearer token-1", authorization));
        credential.Verify(x => x.GetTokenAsync(
            It.Is<TokenRequestContext>(context => context.Scopes.Single() == "https://storage.azure.com/.default"), It.IsAny<CancellationToken>()));
    }

    [Theory]
    [InlineData(DatastoreCredentialsType.AccountKey, "not-base64!", "is not Base64")]
    [InlineData(DatastoreCredentialsType.AccountKey, null, "has no AccountKey")]
    [InlineData(DatastoreCredentialsType.Sas, "", "has no Sas")]
    [InlineData(DatastoreCredentialsType.None, null, "over HTTPS only")]
    public async Task Credential_that_can_not_be_used_is_denied_without_being_named(DatastoreCredentialsType type, string? secret, string message)
    {
        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => SendAsync(Uploads(type, secret)));

        Assert.Equal((OutcomeKind.Denied, "DatastoreCredentialUnusable"), (exception.Kind, exception.Failure.Code));
        Assert.Contains(message, exception.Failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-base64!", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_key_is_denied_without_being_named()
    {
        string wrong = Convert.ToBase64String(new byte[64]);

        UpstreamException exception =
            await Assert.ThrowsAsync<UpstreamException>(() => SendAsync(Uploads(DatastoreCredentialsType.AccountKey, wrong)));

        Assert.Equal((OutcomeKind.Denied, "StorageDenied", $"workspaceblobstore/{BlobPath}"), (exception.Kind, exception.Failure.Code, exception.Failure.Where));
        Assert.DoesNotContain(wrong, exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_that_does_not_exist_is_not_made()
    {
        await _container.DeleteAsync();

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => SendAsync(Uploads()));

        Assert.Equal(OutcomeKind.NotFound, exception.Kind);
        Assert.False(await _container.ExistsAsync());
    }

    [Fact]
    public async Task Check_reads_and_writes_nothing()
    {
        await Uploads().CheckAsync();

        Assert.Equal((1, 0), (_requests.Count(RequestMethod.Head), _requests.Count(RequestMethod.Put)));
    }

    [Fact]
    public async Task Check_finds_what_an_upload_would_fail_on()
    {
        string wrong = Convert.ToBase64String(new byte[64]);

        UpstreamException key = await Assert.ThrowsAsync<UpstreamException>(() => Uploads(DatastoreCredentialsType.AccountKey, wrong).CheckAsync());
        await _container.DeleteAsync();
        UpstreamException container = await Assert.ThrowsAsync<UpstreamException>(() => Uploads().CheckAsync());

        Assert.Equal((OutcomeKind.Denied, OutcomeKind.NotFound), (key.Kind, container.Kind));
        Assert.DoesNotContain(wrong, key.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_breaks_off_leaves_no_blob()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("{\"messages\":[]}\n"u8.ToArray());
        await pipe.Writer.CompleteAsync(new InvalidDataException("the source is broken"));

        await Assert.ThrowsAsync<InvalidDataException>(() => Uploads().UploadAsync(pipe.Reader.AsStream(), Hash, "train_sft.jsonl"));

        Assert.False(await _container.GetBlobClient(BlobPath).ExistsAsync());
    }

    [Theory]
    [InlineData("0123", "train.jsonl")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF", "train.jsonl")]
    [InlineData(Hash + "\n", "train.jsonl")]
    [InlineData(Hash, "")]
    [InlineData(Hash, "a/b.jsonl")]
    [InlineData(Hash, "a\\b.jsonl")]
    [InlineData(Hash, "it's.jsonl")]
    [InlineData(Hash, "..")]
    public async Task Name_that_a_job_can_not_read_is_a_mistake_of_the_caller(string hash, string fileName) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Uploads().UploadAsync(Stream.Null, hash, fileName));

    private async Task<string> SendAsync(DatastoreUploads uploads)
    {
        await using FileStream content = File.OpenRead(_file);
        return await uploads.UploadAsync(content, Hash, "train_sft.jsonl");
    }

    private DatastoreUploads Uploads(
        DatastoreCredentialsType type = DatastoreCredentialsType.AccountKey,
        string? secret = AzuriteConnection.AccountKey,
        BlobClientOptions? options = null,
        TokenCredential? credential = null,
        Uri? container = null)
    {
        Mock<IDatastoreAccess> access = new();
        access.Setup(x => x.GetDefaultAsync(It.IsAny<CancellationToken>())).ReturnsAsync(
            new DatastoreLocation("workspaceblobstore", container ?? _container.Uri, AzuriteConnection.AccountName, type, secret));
        return new DatastoreUploads(access.Object, credential ?? Mock.Of<TokenCredential>(), options ?? AzuriteFixture.Options(_requests));
    }
}
