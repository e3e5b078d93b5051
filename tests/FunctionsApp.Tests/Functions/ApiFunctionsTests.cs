using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.FunctionsApp.Configuration;
using FineTune.FunctionsApp.Durable;
using FineTune.FunctionsApp.Functions;
using FineTune.FunctionsApp.Security;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using OrchestrationMetadata = Microsoft.DurableTask.Client.OrchestrationMetadata;
using OrchestrationRuntimeStatus = Microsoft.DurableTask.Client.OrchestrationRuntimeStatus;

namespace FineTune.FunctionsApp.Tests.Functions;

/// <summary>The functions in front of the API, over the app's own services; only the engine is a mock.</summary>
public sealed class ApiFunctionsTests : IAsyncDisposable
{
    private readonly Mock<DurableTaskClient> _engine = new(MockBehavior.Strict, "test");
    private readonly List<ServiceProvider> _providers = [];

    [Fact]
    public async Task Health_is_open()
    {
        (int status, JsonElement body) = await SendAsync("Health", "GET", "/api/health", (api, request, context) => api.Health(request, context));

        Assert.Equal(200, status);
        Assert.Equal("ready", body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_run_that_is_submitted_names_the_key_that_let_it_in()
    {
        string? input = null;
        _engine.Setup(x => x.GetInstanceAsync(It.IsAny<string>(), It.IsAny<bool>(), It.IsAny<CancellationToken>())).ReturnsAsync((OrchestrationMetadata?)null);
        _engine.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(
                FineTuneRun.Name.Value, It.IsAny<object>(), It.IsAny<Microsoft.DurableTask.StartOrchestrationOptions>(), It.IsAny<CancellationToken>()))
            .Callback((Microsoft.DurableTask.TaskName _, object? given, Microsoft.DurableTask.StartOrchestrationOptions? _, CancellationToken _) => input = $"{given}")
            .ReturnsAsync("id");

        (int status, JsonElement body) = await SendAsync(
            "SubmitRun", "POST", "/api/runs", (api, request, context) => api.SubmitRun(request, _engine.Object, context), """{"dataset":{"path":"shared/chat.jsonl"}}""");

        Assert.Equal(202, status);
        Assert.StartsWith("/api/runs/run-", body.GetProperty("statusQueryGetUri").GetString(), StringComparison.Ordinal);
        Assert.Contains("\"requestedBy\":\"key of SubmitRun\"", input, StringComparison.Ordinal);
        Assert.DoesNotContain("code=", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_opens_nothing_but_its_own_role()
    {
        (int status, JsonElement body) = await SendAsync(
            "AdministerRun", "POST", "/api/runs/run-1/approve", (api, request, context) => api.AdministerRun(request, _engine.Object, context), """{"approved":true}""");

        Assert.Equal((403, "RoleMissing"), (status, body.GetProperty("code").GetString()));
        Assert.Contains(ApiRoles.Approve, body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 401, "NotSignedIn")]
    [InlineData("FineTune.Read", 403, "RoleMissing")]
    [InlineData("FineTune.Submit", 202, null)]
    public async Task Where_sign_in_is_required_the_persons_roles_decide_and_the_key_alone_does_not(string? role, int expected, string? code)
    {
        HasRun(RunState.Training);
        string? raised = null;
        _engine.Setup(x => x.RaiseEventAsync("run-1", RunEvents.Cancel, It.IsAny<object>(), It.IsAny<CancellationToken>()))
            .Callback((string _, string _, object? payload, CancellationToken _) => raised = $"{payload}").Returns(Task.CompletedTask);

        (int status, JsonElement body) = await SendAsync(
            "CancelRun", "POST", "/api/runs/run-1/cancel", (api, request, context) => api.CancelRun(request, _engine.Object, context), "{}", signIn: true, role);

        Assert.Equal(expected, status);
        Assert.Equal(code, body.TryGetProperty("code", out JsonElement found) ? found.GetString() : null);
        Assert.Equal(expected == 202, raised?.Contains("Ada", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task A_header_that_names_a_person_means_nothing_where_nobody_signs_in()
    {
        HasRun(RunState.AwaitingApproval);

        (int status, _) = await SendAsync(
            "ReadRuns", "POST", "/api/runs/run-1/approve", (api, request, context) => api.ReadRuns(request, _engine.Object, context), """{"approved":true}""", signIn: false, ApiRoles.Approve);

        Assert.Equal(403, status);
    }

    [Fact]
    public async Task A_run_is_shown_with_its_status()
    {
        HasRun(RunState.Serving);

        (int status, JsonElement body) = await SendAsync(
            "ReadRuns", "GET", "/api/runs/run-1", (api, request, context) => api.ReadRuns(request, _engine.Object, context));

        Assert.Equal((200, "Serving"), (status, body.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_path_that_the_api_lacks_is_not_found()
    {
        (int status, _) = await SendAsync("ReadRuns", "GET", "/api/runs/run-1/secrets/x/y", (api, request, context) => api.ReadRuns(request, _engine.Object, context));

        Assert.Equal(404, status);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ServiceProvider provider in _providers)
        {
            await provider.DisposeAsync();
        }
    }

    private void HasRun(RunState state) => _engine.Setup(x => x.GetInstanceAsync("run-1", It.IsAny<bool>(), It.IsAny<CancellationToken>())).ReturnsAsync(
        new OrchestrationMetadata(FineTuneRun.Name.Value, "run-1")
        {
            RuntimeStatus = OrchestrationRuntimeStatus.Running,
            SerializedCustomStatus = JsonSerializer.Serialize(
                new RunStatus { RunId = "run-1", State = state, StartedAt = default, UpdatedAt = default }, DurableJson.Options),
        });

    private async Task<(int Status, JsonElement Body)> SendAsync(
        string function,
        string method,
        string path,
        Func<ApiFunctions, HttpRequest, FunctionContext, IResult> call,
        string? body = null,
        bool signIn = false,
        string? personsRole = null)
    {
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["FineTune:Workspace:SubscriptionId"] = "s",
            ["FineTune:Workspace:ResourceGroup"] = "g",
            ["FineTune:Workspace:Name"] = "w",
            ["FineTune:RequireSignIn"] = $"{signIn}",
            ["WEBSITE_AUTH_ENABLED"] = $"{signIn}",
            ["Datasets"] = "UseDevelopmentStorage=true",
        }).Build();
        ServiceProvider services = new ServiceCollection().AddLogging().AddSingleton(_ => new DiagnosticListener("Microsoft.AspNetCore")).AddSingleton<ApiFunctions>().AddFineTune(configuration).BuildServiceProvider(validateScopes: true);
        _providers.Add(services);
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        var context = new Mock<FunctionContext>();
        context.Setup(x => x.InstanceServices).Returns(scope.ServiceProvider);
        context.Setup(x => x.FunctionDefinition).Returns(Mock.Of<FunctionDefinition>(definition => definition.Name == function));

        var http = new DefaultHttpContext { Request = { Method = method, Path = path }, Response = { Body = new MemoryStream() } };
        if (body is not null)
        {
            http.Request.ContentType = "application/json";
            http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        }

        if (personsRole is not null)
        {
            string principal = $$"""{"auth_typ":"aad","name_typ":"name","role_typ":"roles","claims":[{"typ":"name","val":"Ada"},{"typ":"roles","val":"{{personsRole}}"}]}""";
            http.Request.Headers["X-MS-CLIENT-PRINCIPAL"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(principal));
        }

        await call(services.GetRequiredService<ApiFunctions>(), http.Request, context.Object).ExecuteAsync(http);
        http.Response.Body.Position = 0;
        using var reader = new StreamReader(http.Response.Body);
        string text = await reader.ReadToEndAsync();
        return (http.Response.StatusCode, text.Length == 0 ? JsonElement.Parse("{}") : JsonElement.Parse(text));
    }
}
