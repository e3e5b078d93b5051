using System.Text.Json;
using FineTune.Durable;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using Microsoft.DurableTask;
using Moq;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;
using RetryPolicy = FineTune.Durable.RetryPolicy;

namespace FineTune.FunctionsApp.Tests.Durable;

public sealed class DurableFunctionsContextTests
{
    private readonly Mock<TaskOrchestrationContext> _inner = new(MockBehavior.Strict);
    private readonly DurableFunctionsContext _context;

    public DurableFunctionsContextTests() =>
        _context = new DurableFunctionsContext(_inner.Object, WorkflowTasks.AddTo(new DurableTaskRegistry()));

    [Fact]
    public void What_an_orchestration_reads_of_itself_is_durable_tasks()
    {
        var now = new DateTime(2026, 3, 2, 8, 0, 0, DateTimeKind.Unspecified);
        _inner.Setup(x => x.InstanceId).Returns("run-1");
        _inner.Setup(x => x.Name).Returns("FineTuneRun");
        _inner.Setup(x => x.Parent).Returns(new ParentOrchestrationInstance("Parent", "run-0"));
        _inner.Setup(x => x.Version).Returns("1.0");
        _inner.Setup(x => x.CurrentUtcDateTime).Returns(now);
        _inner.Setup(x => x.IsReplaying).Returns(true);

        Assert.Equal(
            ("run-1", "FineTuneRun", "run-0", "1.0", new DateTimeOffset(now, TimeSpan.Zero), true),
            (_context.InstanceId, _context.Name, _context.ParentInstanceId, _context.Version, _context.CurrentUtcDateTime, _context.IsReplaying));
    }

    [Fact]
    public async Task An_activity_gets_our_json_and_its_output_is_read_from_it()
    {
        JsonElement? sent = null;
        _inner.Setup(x => x.CallActivityAsync<JsonElement?>("ReadEndpoint", It.IsAny<object>(), null))
            .Callback((TaskName _, object? input, TaskOptions? _) => sent = (JsonElement?)input)
            .ReturnsAsync(Json("""{"kind":"Transient","failure":{"code":"X","message":"Y"}}"""));

        Outcome<OnlineEndpoint> outcome = await _context.CallActivityAsync(ReadEndpoint.Name, "phi-1");

        Assert.Equal("\"phi-1\"", sent?.GetRawText());
        Assert.Equal(OutcomeKind.Transient, outcome.Kind);
        Assert.Equal("X", outcome.Failure?.Code);
    }

    [Fact]
    public async Task A_retry_policy_is_handed_on_with_every_number()
    {
        TaskOptions? used = null;
        _inner.Setup(x => x.CallActivityAsync<JsonElement?>(It.IsAny<TaskName>(), It.IsAny<object>(), It.IsAny<TaskOptions>()))
            .Callback((TaskName _, object? _, TaskOptions? options) => used = options)
            .ReturnsAsync(Json("""{"kind":"Succeeded"}"""));

        await _context.CallActivityAsync(CancelJob.Name, "job", new RetryPolicy
        {
            MaxNumberOfAttempts = 7,
            FirstRetryInterval = TimeSpan.FromSeconds(3),
            BackoffCoefficient = 1.5,
            MaxRetryInterval = TimeSpan.FromMinutes(4),
        });

        Microsoft.DurableTask.RetryPolicy policy = used!.Retry!.Policy!;
        Assert.Equal(
            (7, TimeSpan.FromSeconds(3), 1.5, TimeSpan.FromMinutes(4)),
            (policy.MaxNumberOfAttempts, policy.FirstRetryInterval, policy.BackoffCoefficient, policy.MaxRetryInterval));
    }

    [Fact]
    public async Task A_failed_task_fails_as_the_workflow_knows_it()
    {
        var details = new Microsoft.DurableTask.TaskFailureDetails("System.IO.IOException", "disk full", "at X", null, null);
        _inner.Setup(x => x.CallActivityAsync<JsonElement?>(It.IsAny<TaskName>(), It.IsAny<object>(), null))
            .ThrowsAsync(new Microsoft.DurableTask.TaskFailedException("ReadJob", 3, details));

        FineTune.Durable.TaskFailedException failed = await Assert.ThrowsAsync<FineTune.Durable.TaskFailedException>(
            () => _context.CallActivityAsync(ReadEndpoint.Name, "phi-1"));

        Assert.Equal("ReadJob", failed.TaskName);
        Assert.Equal(new FineTune.Durable.TaskFailureDetails("System.IO.IOException", "disk full", "at X"), failed.FailureDetails);
    }

    [Fact]
    public async Task A_child_gets_its_id_and_the_version_that_is_registered()
    {
        TaskOptions? used = null;
        _inner.Setup(x => x.CallSubOrchestratorAsync<JsonElement?>("TearDownEndpoint", It.IsAny<object>(), It.IsAny<TaskOptions>()))
            .Callback((TaskName _, object? _, TaskOptions? options) => used = options)
            .ReturnsAsync(Json("{}"));

        await _context.CallSubOrchestratorAsync(TearDownEndpoint.Name, new EndpointTearDown("phi-1", "run-1"), "run-1:teardown");

        SubOrchestrationOptions options = Assert.IsType<SubOrchestrationOptions>(used);
        Assert.Equal(("run-1:teardown", FineTuneRun.Version), (options.InstanceId, options.Version?.Version));
    }

    [Fact]
    public async Task Timers_events_status_and_continuation_are_durable_tasks_own()
    {
        var fireAt = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.FromHours(2));
        using var abandoned = new CancellationTokenSource();
        var log = new List<string>();
        _inner.Setup(x => x.CreateTimer(new DateTime(2026, 3, 2, 8, 0, 0, DateTimeKind.Utc), abandoned.Token)).Returns(Task.CompletedTask);
        _inner.Setup(x => x.WaitForExternalEvent<JsonElement?>("Extend", abandoned.Token)).ReturnsAsync(Json("""{"duration":"PT2H","by":"ada"}"""));
        _inner.Setup(x => x.SendEvent("run-1:watch", "JobStateChanged", It.IsAny<object>())).Callback((string _, string _, object payload) => log.Add($"{payload}"));
        _inner.Setup(x => x.SetCustomStatus(It.IsAny<object>())).Callback((object? status) => log.Add($"{status}"));
        _inner.Setup(x => x.ContinueAsNew(It.IsAny<object>(), true)).Callback((object? input, bool _) => log.Add($"{input}"));

        await _context.CreateTimer(fireAt, abandoned.Token);
        ExtendCommand extended = await _context.WaitForExternalEvent<ExtendCommand>("Extend", abandoned.Token);
        _context.SendEvent("run-1:watch", "JobStateChanged", Unit.Value);
        _context.SetCustomStatus(OutcomeKind.Quota);
        _context.ContinueAsNew(new EndpointTearDown("phi-1", "run-1"));

        Assert.Equal(new ExtendCommand(TimeSpan.FromHours(2), "ada"), extended);
        Assert.Equal("{}", log[0]);
        Assert.Equal("Quota", log[1]);
        Assert.Contains("\"endpointName\":\"phi-1\"", log[2], StringComparison.Ordinal);
    }

    private static JsonElement? Json(string text) => JsonElement.Parse(text);
}
