using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using FineTune.LocalHost.Azurite;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Storage.Tests;

public sealed class BlobRunRecordsTests : IClassFixture<AzuriteFixture>
{
    private readonly AzuriteFixture _azurite;
    private readonly string _name = AzuriteFixture.UniqueName("runs");
    private readonly BlobRunRecords _records;

    public BlobRunRecordsTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        _records = new BlobRunRecords(azurite.Service, _name);
    }

    [Fact]
    public async Task Record_is_read_as_it_was_written()
    {
        string uri = await WriteAsync("run-1", "report.html", "<p>done</p>", "text/html; charset=utf-8");

        Assert.Equal($"{_azurite.Connection.BlobEndpoint}/{_name}/run-1/report.html", uri);
        Assert.Equal(("<p>done</p>", "text/html; charset=utf-8"), await ReadAsync("run-1", "report.html"));
    }

    [Fact]
    public async Task Record_is_replaced_with_its_type()
    {
        await WriteAsync("run-1", "status.json", "a long first version", "text/plain");
        await WriteAsync("run-1", "status.json", "{}", "application/json");

        Assert.Equal(("{}", "application/json"), await ReadAsync("run-1", "status.json"));
    }

    [Fact]
    public async Task Record_that_is_not_there_is_null()
    {
        Assert.Null(await _records.OpenAsync("run-1", "none.json"));
        await WriteAsync("run-1", "some.json", "{}", "application/json");
        Assert.Null(await _records.OpenAsync("run-1", "none.json"));
        Assert.Null(await _records.OpenAsync("run-2", "some.json"));
    }

    [Fact]
    public async Task Content_that_can_not_be_rewound_is_written_whole()
    {
        await using System.IO.Compression.GZipStream unseekable = new(await CompressedAsync(), System.IO.Compression.CompressionMode.Decompress);

        await _records.WriteAsync("run-1", "big.bin", unseekable, "application/octet-stream");

        BlobProperties written = await _azurite.Service.GetBlobContainerClient(_name).GetBlobClient("run-1/big.bin").GetPropertiesAsync();
        Assert.Equal(300_000, written.ContentLength);
    }

    [Fact]
    public async Task Container_that_was_deleted_is_made_again_by_the_next_attempt()
    {
        await WriteAsync("run-1", "a.json", "{}", "application/json");
        await _azurite.Service.GetBlobContainerClient(_name).DeleteAsync();

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => WriteAsync("run-1", "b.json", "{}", "application/json"));
        Assert.Equal(OutcomeKind.NotFound, exception.Kind);
        await WriteAsync("run-1", "b.json", "{}", "application/json");
    }

    [Fact]
    public async Task Rights_on_blobs_alone_are_enough_and_the_address_carries_none_of_them()
    {
        await _azurite.Service.GetBlobContainerClient(_name).CreateAsync();
        AccountSasBuilder sas = new(
            AccountSasPermissions.Read | AccountSasPermissions.Write | AccountSasPermissions.Create,
            new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), AccountSasServices.Blobs, AccountSasResourceTypes.Object);
        string query = sas.ToSasQueryParameters(new StorageSharedKeyCredential(AzuriteConnection.AccountName, AzuriteConnection.AccountKey)).ToString();
        BlobServiceClient limited = new(new Uri($"{_azurite.Connection.BlobEndpoint}?{query}"), AzuriteFixture.Options());
        BlobRunRecords records = new(limited, _name);

        using MemoryStream content = new([1, 2, 3]);
        string uri = await records.WriteAsync("run-1", "a.bin", content, "application/octet-stream");

        Assert.Equal($"{_azurite.Connection.BlobEndpoint}/{_name}/run-1/a.bin", uri);
        Assert.NotNull(await records.OpenAsync("run-1", "a.bin"));
    }

    [Theory]
    [InlineData("run-1", "")]
    [InlineData("run-1", ".")]
    [InlineData("run-1", "..")]
    [InlineData("run-1", ".hidden")]
    [InlineData("run-1", "-option")]
    [InlineData("run-1", "a/b")]
    [InlineData("run-1", "a\\b")]
    [InlineData("run-1", "a b")]
    [InlineData("run-1", "a\n")]
    [InlineData("run-1", "a%2Fb")]
    [InlineData("run-1", "ä")]
    [InlineData("../x", "report.html")]
    [InlineData("", "report.html")]
    public async Task Name_that_could_lead_elsewhere_is_refused(string runId, string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(runId, name, "x", "text/plain"));
        Assert.Null(await _records.OpenAsync(runId, name));
    }

    [Fact]
    public void Any_name_is_refused_or_addresses_exactly_that_blob() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), any =>
    {
        RequestCounter counter = new();
        BlobRunRecords records = new(_azurite.Client(counter), _name);
        foreach (string name in (string[])[any ?? "", $"a{any}", $"a.{any}.json"])
        {
            counter.Clear();
            Task.Run(() => records.OpenAsync("run-1", name)).GetAwaiter().GetResult();
            Assert.All(counter.Uris, uri => Assert.Equal($"{_azurite.Connection.BlobEndpoint}/{_name}/run-1/{name}", uri.AbsoluteUri));
        }
    }).QuickCheckThrowOnFailure();

    private static async Task<MemoryStream> CompressedAsync()
    {
        MemoryStream compressed = new();
        await using (System.IO.Compression.GZipStream gzip = new(compressed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[300_000]);
        }

        compressed.Position = 0;
        return compressed;
    }

    private async Task<string> WriteAsync(string runId, string name, string content, string contentType)
    {
        using MemoryStream stream = new(System.Text.Encoding.UTF8.GetBytes(content));
        return await _records.WriteAsync(runId, name, stream, contentType);
    }

    private async Task<(string Content, string ContentType)> ReadAsync(string runId, string name)
    {
        await using RunRecord? record = await _records.OpenAsync(runId, name);
        using StreamReader reader = new(record!.Content);
        return (await reader.ReadToEndAsync(), record.ContentType);
    }
}
