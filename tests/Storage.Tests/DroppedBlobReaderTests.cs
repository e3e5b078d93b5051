using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Storage.Tests;

public sealed class DroppedBlobReaderTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private readonly string _name = AzuriteFixture.UniqueName("datasets");
    private readonly RecordingLogger<DroppedBlobReader> _log = new();

    [Theory]
    [InlineData("incoming/chat.jsonl")]
    [InlineData("incoming/ultrachat/run.json")]
    public async Task A_dataset_and_the_request_of_a_folder_are_drops_of_that_version(string name)
    {
        BlobContainerClient container = await ContainerAsync();
        string etag = (await container.GetBlobClient(name).UploadAsync(BinaryData.FromString("{}"))).Value.ETag.ToString().Trim('"');

        Assert.Equal(new DroppedDataset(_name, name, etag), await ReadAsync(name));
        Assert.Empty(_log.Messages);
    }

    [Theory]
    [InlineData("incoming/chat.run.json", "request of the dataset beside it")]
    [InlineData("incoming/ultrachat/part-1.jsonl", "starts when run.json is dropped")]
    [InlineData("incoming/readme.txt", "no dataset")]
    [InlineData("shared/chat.jsonl", "not under incoming/")]
    public async Task What_starts_no_run_is_left_alone_with_its_reason_and_storage_is_not_asked(string name, string reason)
    {
        Assert.Null(await ReadAsync(name));
        Assert.Equal(1, _log.Count(reason));
    }

    [Fact]
    public async Task An_empty_blob_and_one_that_still_grows_are_left_for_the_next_look()
    {
        BlobContainerClient container = await ContainerAsync();
        await container.GetBlobClient("incoming/empty.jsonl").UploadAsync(BinaryData.FromString(""));
        AppendBlobClient growing = container.GetAppendBlobClient("incoming/growing.jsonl");
        await growing.CreateAsync();
        await growing.AppendBlockAsync(BinaryData.FromString("{}\n").ToStream());

        Assert.Null(await ReadAsync("incoming/empty.jsonl"));
        Assert.Null(await ReadAsync("incoming/growing.jsonl"));
        Assert.Equal((1, 1), (_log.Count("it is empty"), _log.Count("it may still grow")));
    }

    [Fact]
    public async Task A_blob_that_was_removed_meanwhile_starts_nothing()
    {
        await ContainerAsync();

        Assert.Null(await ReadAsync("incoming/gone.jsonl"));
        Assert.Equal(1, _log.Count("there no more"));
    }

    [Fact]
    public async Task Storage_that_does_not_answer_is_told_so_that_the_event_comes_again()
    {
        var nowhere = new BlobServiceClient(
            "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:9/a", AzuriteFixture.Options());

        UpstreamException outage = await Assert.ThrowsAsync<UpstreamException>(() => new DroppedBlobReader(nowhere, _log, _name).ReadAsync("incoming/chat.jsonl"));

        Assert.Equal(OutcomeKind.Transient, outage.Kind);
    }

    private Task<DroppedDataset?> ReadAsync(string name) => new DroppedBlobReader(azurite.Service, _log, _name).ReadAsync(name);

    private async Task<BlobContainerClient> ContainerAsync()
    {
        BlobContainerClient container = azurite.Service.GetBlobContainerClient(_name);
        await container.CreateIfNotExistsAsync();
        return container;
    }
}
