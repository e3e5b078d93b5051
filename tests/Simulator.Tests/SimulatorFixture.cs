using System.Text;
using System.Text.Json.Nodes;
using FineTune.OpenApi;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.Simulator.Tests;

/// <summary>A simulator on a free port with virtual time and a folder of its own; talks to it as a client would.</summary>
internal sealed class SimulatorFixture : IAsyncDisposable
{
    public const string Version = "api-version=2024-04-01";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "finetune-simulator-" + Guid.NewGuid().ToString("N"));
    private readonly SimulatorOptions _options;
    private WebApplication? _application;

    private SimulatorFixture(Func<SimulatorOptions, SimulatorOptions>? configure)
    {
        SimulatorOptions options = new()
        {
            DataDirectory = Path.Combine(_folder, "data"),
            DatastoreBlobs = new DirectoryDatastoreBlobs(Path.Combine(_folder, "blobs")),
            FlushToDisk = false,
            TrainingWait = TimeSpan.FromMinutes(2),
            AllowFaultChanges = true,
        };
        _options = configure?.Invoke(options) ?? options;
    }

    public VirtualTime Time { get; } = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    public HttpClient Http { get; private set; } = new();

    public Simulation Simulation => _application!.Services.GetRequiredService<Simulation>();

    public string DataDirectory => _options.DataDirectory;

    public Uri HttpsAddress => SimulatorApplication.HttpsAddress(_application!)!;

    public string CertificateFile => Path.Combine(DataDirectory, "certificate.pem");

    /// <summary>Path of the workspace in ARM.</summary>
    public string Workspace => Simulation.WorkspacePath;

    public string Region => $"/subscriptions/{_options.SubscriptionId}/providers/Microsoft.MachineLearningServices/locations/{_options.Location}";

    public static async Task<SimulatorFixture> StartAsync(Func<SimulatorOptions, SimulatorOptions>? configure = null)
    {
        SimulatorFixture fixture = new(configure);
        await fixture.OpenAsync();
        return fixture;
    }

    public static Task<SimulatorFixture> StartAsync(params FaultRule[] faults) => StartAsync(options => options with { Faults = new FaultPlan(faults) });

    public SimulatorDurations Durations => _options.Durations;

    /// <summary>Ends the simulator without ceremony and starts a new one over the same data, after some time.</summary>
    public async Task RestartAsync(TimeSpan downTime = default)
    {
        Http.Dispose();
        await _application!.DisposeAsync();
        Time.Advance(downTime);
        await OpenAsync();
    }

    /// <summary>Ends the simulator without ceremony.</summary>
    public async Task StopAsync() => await _application!.DisposeAsync();

    public async Task OpenAsync()
    {
        _application = SimulatorApplication.Build(_options, Time);
        await _application.StartAsync();
        Http = new HttpClient { BaseAddress = SimulatorApplication.BaseAddress(_application) };
        Http.DefaultRequestHeaders.Add("Authorization", "Bearer token-of-a-test");
        if (_options.Loose)
        {
            Http.DefaultRequestHeaders.Add(ExchangeRecorder.WrongOnPurpose, "loose");
        }
    }

    public void Advance(TimeSpan by) => Time.Advance(by);

    public void PutBlob(string path, string content)
    {
        string file = Path.Combine(_folder, "blobs", Simulation.ContainerName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Answer> Put(string path, JsonNode? body) => Send(HttpMethod.Put, path, body);

    public Task<Answer> Post(string path, JsonNode? body = null) => Send(HttpMethod.Post, path, body);

    public Task<Answer> Delete(string path) => Send(HttpMethod.Delete, path);

    public async Task<Answer> Send(HttpMethod method, string path, JsonNode? body = null, Action<HttpRequestMessage>? change = null)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        change?.Invoke(request);
        using HttpResponseMessage response = await Http.SendAsync(request);
        return new Answer((int)response.StatusCode, response.Headers, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Address of something below the workspace, with an api-version.</summary>
    public string Arm(string path) => $"{Workspace}/{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Version}";

    public string InRegion(string path) => $"{Region}/{path}?{Version}";

    public string History(string path) => $"/history/v1.0{Workspace}/{path}";

    public string Mlflow(string path) => $"/mlflow/v1.0{Workspace}/api/2.0/mlflow/{path}";

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _application!.DisposeAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
