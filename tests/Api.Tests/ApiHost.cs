using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace FineTune.Api.Tests;

/// <summary>The API on a real listener at a free port of this machine; the engine and the records are mocks.</summary>
public sealed class ApiHost : IAsyncLifetime, IHostReadiness
{
    private WebApplication? _application;

    public static DateTimeOffset Start { get; } = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    /// <summary>The host's default request.</summary>
    public static RunRequest Defaults { get; } = new() { TimeToLive = TimeSpan.FromHours(1) };

    public Mock<IOrchestrationClient> Engine { get; } = new(MockBehavior.Strict);

    public Mock<IRunRecords> Records { get; } = new(MockBehavior.Strict);

    public HttpClient Http { get; } = new();

    public IReadOnlyList<PartReadiness> Parts { get; set; } = [new(HostParts.Engine, Ready: true), new(HostParts.Storage, Ready: true)];

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(new RunClient(Engine.Object));
        builder.Services.AddSingleton(new JobEvents(Engine.Object));
        builder.Services.AddSingleton(new DatasetIntakeOptions { DefaultRequest = Defaults });
        builder.Services.AddSingleton(Records.Object);
        builder.Services.AddSingleton<IHostReadiness>(this);
        _application = builder.Build();
        _application.UseFineTuneProblems();
        _application.UseRouting();
        _application.MapFineTuneApi().MapJobEvents();
        await _application.StartAsync();
        Http.BaseAddress = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _application!.DisposeAsync();
    }

    /// <summary>The engine knows one run.</summary>
    public void HasRun(string runId, RunState state, OrchestrationRuntimeStatus runtimeStatus = OrchestrationRuntimeStatus.Running) =>
        Engine.Setup(x => x.GetInstanceAsync(runId, false, It.IsAny<CancellationToken>())).ReturnsAsync(Instance(runId, state, runtimeStatus));

    public void HasNoRun(string runId) =>
        Engine.Setup(x => x.GetInstanceAsync(runId, It.IsAny<bool>(), It.IsAny<CancellationToken>())).ReturnsAsync((OrchestrationMetadata?)null);

    public static OrchestrationMetadata Instance(
        string runId, RunState state, OrchestrationRuntimeStatus runtimeStatus = OrchestrationRuntimeStatus.Running) => new()
        {
            Name = FineTuneRun.Name.Value,
            InstanceId = runId,
            RuntimeStatus = runtimeStatus,
            CreatedAt = Start,
            LastUpdatedAt = Start,
            CustomStatus = JsonSerializer.SerializeToElement(Status(runId, state), DurableJson.Options),
        };

    public static RunStatus Status(string runId, RunState state) => new()
    {
        RunId = runId,
        State = state,
        StartedAt = Start,
        UpdatedAt = Start,
        Steps = [new RunStep(state, Start)],
        Endpoint = new EndpointStatus("e", "demo", null, Start.AddHours(4)),
        SmokeTest = new SmokeTestSummary(1, TimeSpan.FromMilliseconds(120), "http://records/smoke-test.json"),
    };

    public async Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(
        HttpMethod method, string path, string? json = null, string mediaType = "application/json", string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));
        }

        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }

        HttpResponseMessage response = await Http.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        return (response, body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body));
    }
}
