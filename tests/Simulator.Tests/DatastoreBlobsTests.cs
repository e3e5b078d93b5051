using FineTune.Simulator.Datastores;

namespace FineTune.Simulator.Tests;

public sealed class DatastoreBlobsTests
{
    [Theory]
    [InlineData("UseDevelopmentStorage=true", "devstoreaccount1", "127.0.0.1:10000", "http")]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10010/devstoreaccount1;", "devstoreaccount1", "127.0.0.1:10010", "http")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=a2V5;EndpointSuffix=core.windows.net", "mine", "core.windows.net", "https")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn", "mine", "core.chinacloudapi.cn", "https")]
    public void Account_is_read_from_the_connection_string(string connectionString, string name, string endpoint, string protocol)
    {
        DatastoreAccount account = new AzureDatastoreBlobs(connectionString).Account;

        Assert.Equal((name, endpoint, protocol), (account.Name, account.Endpoint, account.Protocol));
        Assert.NotNull(account.Key);
        Assert.DoesNotContain(account.Key, account.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_that_does_not_serve_is_said_so_and_tried_again()
    {
        FailingBlobs blobs = new();
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { DatastoreBlobs = blobs });

        Answer down = await simulator.Get(simulator.Arm("datastores/workspaceblobstore"));
        blobs.IsUp = true;
        Answer up = await simulator.Get(simulator.Arm("datastores/workspaceblobstore"));

        Assert.Equal((503, "StorageUnavailable"), (down.Status, down.TextAt("error.code")));
        Assert.Contains("out of order", down.TextAt("error.message"), StringComparison.Ordinal);
        Assert.Equal(200, up.Status);
    }

    [Fact]
    public async Task Storage_that_does_not_serve_fails_the_job_with_its_reason()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { DatastoreBlobs = new FailingBlobs() });
        await simulator.CreateClusterAsync();
        await simulator.Put(simulator.Arm("jobs/" + Flow.Job), Bodies.Job());

        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal("Failed", await simulator.StatusAsync());
        Assert.Contains("out of order", (await simulator.Get("/simulator/state")).TextAt("jobs.0.error"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../secret")]
    [InlineData("/etc/hostname")]
    public async Task Folder_is_not_left(string path)
    {
        DirectoryDatastoreBlobs blobs = new(Path.Combine(Path.GetTempPath(), "finetune-no-such-folder"));

        await Assert.ThrowsAsync<ArgumentException>(() => blobs.OpenReadAsync("container", path, CancellationToken.None));
    }

    private sealed class FailingBlobs : IDatastoreBlobs
    {
        public bool IsUp { get; set; }

        public DatastoreAccount Account { get; } = new("a", "localhost", "http", "a2V5");

        public Task CreateContainerAsync(string container, CancellationToken cancellationToken) =>
            IsUp ? Task.CompletedTask : Task.FromException(new IOException("The account is out of order."));

        public Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken) =>
            Task.FromException<Stream?>(new IOException("The account is out of order."));
    }
}
