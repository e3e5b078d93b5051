using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using FineTune.LocalHost.Azurite;

namespace FineTune.Tests.Shared;

/// <summary>
/// One Azurite for all tests of an assembly, in memory, on a free port. A class fixture (a collection would make its tests wait for each other);
/// the process behind it is shared. It ends with the test process, because it lives by its standard input.
/// </summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private static readonly Lazy<Task<AzuriteProcess>> Shared = new(() => AzuriteProcess.StartAsync(new AzuriteOptions { Port = 0 }));

    public AzuriteConnection Connection { get; private set; } = new(0);

    /// <summary>A client that gives up at once, so that failures are tested without waiting.</summary>
    public BlobServiceClient Service { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        AzuriteProcess process = await Shared.Value;
        Connection = process.Connection;
        Service = Client();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>A client that sends its requests through a policy, to count or to break them.</summary>
    public BlobServiceClient Client(params HttpPipelinePolicy[] perRetry) => new(Connection.ConnectionString, Options(perRetry));

    public static BlobClientOptions Options(params HttpPipelinePolicy[] perRetry)
    {
        BlobClientOptions options = new() { Retry = { MaxRetries = 0 } };
        foreach (HttpPipelinePolicy policy in perRetry)
        {
            options.AddPolicy(policy, HttpPipelinePosition.PerRetry);
        }

        return options;
    }

    /// <summary>A container's name of this test's own.</summary>
    public static string UniqueName(string prefix) => $"{prefix}-{Guid.NewGuid():N}";
}
