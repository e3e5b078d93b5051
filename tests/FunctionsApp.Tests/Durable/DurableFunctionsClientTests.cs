using System.Text.Json;
using FineTune.Durable;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Moq;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;
using OrchestrationMetadata = Microsoft.DurableTask.Client.OrchestrationMetadata;
using OrchestrationRuntimeStatus = Microsoft.DurableTask.Client.OrchestrationRuntimeStatus;

namespace FineTune.FunctionsApp.Tests.Durable;

public sealed class DurableFunctionsClientTests
{
    private readonly Mock<DurableTaskClient> _inner = new(MockBehavior.Strict, "test");
    private readonly DurableFunctionsClient _client;

    private static RunInput Input => new() { Request = new RunRequest(), RequestedBy = "ada" };

    public DurableFunctionsClientTests() =>
        _client = new DurableFunctionsClient(_inner.Object, WorkflowTasks.AddTo(new DurableTaskRegistry()));

    [Fact]
    public async Task An_id_that_is_taken_by_an_ended_instance_starts_nothing()
    {
        Has("run-1", OrchestrationRuntimeStatus.Completed);

        Assert.False(await _client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input, "run-1"));
    }

    [Fact]
    public async Task A_new_id_is_started_with_its_version_and_may_replace_nothing()
    {
        Has("run-1", null);
        StartOrchestrationOptions? used = null;
        JsonElement? sent = null;
        _inner.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(
                "FineTuneRun", It.IsAny<object>(), It.IsAny<StartOrchestrationOptions>(), It.IsAny<CancellationToken>()))
            .Callback((TaskName _, object? input, StartOrchestrationOptions? options, CancellationToken _) => (sent, used) = ((JsonElement?)input, options))
            .ReturnsAsync("run-1");

        Assert.True(await _client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input, "run-1"));

        Assert.Equal(("run-1", FineTuneRun.Version), (used?.InstanceId, used?.Version?.Version));
        Assert.Equal("ada", sent?.GetProperty("requestedBy").GetString());
        Assert.Superset(new HashSet<string>(["Completed", "Failed", "Terminated", "Pending", "Running", "Suspended"]), used!.DedupeStatuses!.ToHashSet());
    }

    [Fact]
    public async Task Of_two_callers_at_once_one_has_started_it()
    {
        _inner.SetupSequence(x => x.GetInstanceAsync("run-1", It.IsAny<bool>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((OrchestrationMetadata?)null)
            .ReturnsAsync(Instance("run-1", OrchestrationRuntimeStatus.Pending));
        FailsToStart();

        Assert.False(await _client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input, "run-1"));
    }

    [Fact]
    public async Task A_start_that_failed_is_no_success_of_another()
    {
        Has("run-1", null);
        FailsToStart();

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => _client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input, "run-1"));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Running, true)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, true)]
    [InlineData(OrchestrationRuntimeStatus.Completed, false)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, false)]
    [InlineData(null, false)]
    public async Task An_event_is_raised_exactly_for_an_instance_that_goes_on(OrchestrationRuntimeStatus? status, bool raised)
    {
        Has("run-1", status);
        _inner.Setup(x => x.RaiseEventAsync("run-1", "Cancel", It.IsAny<object>(), It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);

        Assert.Equal(raised, await _client.RaiseEventAsync("run-1", "Cancel", new RunCommand("ada")));

        _inner.Verify(
            x => x.RaiseEventAsync("run-1", "Cancel", It.IsAny<object>(), It.IsAny<CancellationToken>()), raised ? Times.Once() : Times.Never());
    }

    [Fact]
    public async Task The_custom_status_is_shown_although_inputs_are_not_wanted()
    {
        _inner.Setup(x => x.GetInstanceAsync("run-1", true, It.IsAny<CancellationToken>())).ReturnsAsync(
            new OrchestrationMetadata("FineTuneRun", "run-1")
            {
                RuntimeStatus = OrchestrationRuntimeStatus.Running,
                SerializedInput = "{}",
                SerializedCustomStatus = """{"state":"Training"}""",
            });

        FineTune.Durable.OrchestrationMetadata? instance = await _client.GetInstanceAsync("run-1");

        Assert.Equal("Training", instance?.CustomStatus?.GetProperty("state").GetString());
        Assert.Null(instance?.Input);
    }

    [Fact]
    public async Task A_list_is_of_one_name_and_begins_with_the_newest()
    {
        Microsoft.DurableTask.Client.OrchestrationQuery? asked = null;
        OrchestrationMetadata[] all =
        [
            Instance("old", OrchestrationRuntimeStatus.Running, hour: 1),
            Instance("child", OrchestrationRuntimeStatus.Running, hour: 9, name: "WatchPipelineJob"),
            Instance("new", OrchestrationRuntimeStatus.Suspended, hour: 3),
        ];
        _inner.Setup(x => x.GetAllInstancesAsync(It.IsAny<Microsoft.DurableTask.Client.OrchestrationQuery>()))
            .Callback((Microsoft.DurableTask.Client.OrchestrationQuery? query) => asked = query)
            .Returns(Pageable.Create((_, _, _) => Task.FromResult(new Page<OrchestrationMetadata>(all))));

        var found = new List<FineTune.Durable.OrchestrationMetadata>();
        await foreach (FineTune.Durable.OrchestrationMetadata instance in _client.GetAllInstancesAsync(new FineTune.Durable.OrchestrationQuery
        {
            Name = "FineTuneRun",
            Statuses = [FineTune.Durable.OrchestrationRuntimeStatus.Running, FineTune.Durable.OrchestrationRuntimeStatus.Suspended],
        }))
        {
            found.Add(instance);
        }

        Assert.Equal(["new", "old"], found.Select(instance => instance.InstanceId));
        Assert.Equal(FineTune.Durable.OrchestrationRuntimeStatus.Suspended, found[0].RuntimeStatus);
        Assert.Equal([OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended], asked?.Statuses);
    }

    [Fact]
    public async Task Only_an_ended_instance_is_purged_and_its_children_with_it()
    {
        Has("going", OrchestrationRuntimeStatus.Running);
        Has("ended", OrchestrationRuntimeStatus.Failed);
        _inner.Setup(x => x.PurgeInstanceAsync("ended", new PurgeInstanceOptions(true), It.IsAny<CancellationToken>())).ReturnsAsync(new PurgeResult(3));

        Assert.False(await _client.PurgeInstanceAsync("going"));
        Assert.True(await _client.PurgeInstanceAsync("ended"));
    }

    [Fact]
    public async Task Waiting_for_nobody_is_refused()
    {
        Has("nobody", null);

        await Assert.ThrowsAsync<KeyNotFoundException>(() => _client.WaitForInstanceCompletionAsync("nobody"));
    }

    private static OrchestrationMetadata Instance(string id, OrchestrationRuntimeStatus status, int hour = 0, string name = "FineTuneRun") => new(name, id)
    {
        RuntimeStatus = status,
        CreatedAt = new DateTimeOffset(2026, 3, 2, hour, 0, 0, TimeSpan.Zero),
    };

    private void Has(string id, OrchestrationRuntimeStatus? status) =>
        _inner.Setup(x => x.GetInstanceAsync(id, It.IsAny<bool>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync(status is null ? null : Instance(id, status.Value));

    private void FailsToStart() => _inner.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(
            It.IsAny<TaskName>(), It.IsAny<object>(), It.IsAny<StartOrchestrationOptions>(), It.IsAny<CancellationToken>()))
        .ThrowsAsync(new InvalidOperationException("AlreadyExists, or the store is down"));
}
