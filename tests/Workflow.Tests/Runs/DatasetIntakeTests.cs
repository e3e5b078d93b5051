using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;
using Moq;

namespace FineTune.Workflow.Tests.Runs;

public sealed class DatasetIntakeTests
{
    private static readonly DroppedDataset Drop = new("datasets", "incoming/chat.parquet", "0x8DC");
    private readonly Mock<IOrchestrationClient> _engine = new(MockBehavior.Strict);
    private readonly Mock<IRunRecords> _records = new(MockBehavior.Strict);
    private readonly DatasetIntakeOptions _options = new()
    {
        DefaultRequest = new RunRequest { TimeToLive = TimeSpan.FromHours(1) },
        SettlingTime = TimeSpan.FromSeconds(3),
    };

    [Fact]
    public async Task A_new_drop_starts_a_run_with_the_hosts_default_request()
    {
        RunInput? seen = null;
        NoInstance();
        _records.Setup(x => x.OpenAsync(RunIds.ForDrop(Drop), "request.json", It.IsAny<CancellationToken>())).ReturnsAsync((RunRecord?)null);
        _engine.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, It.IsAny<RunInput>(), RunIds.ForDrop(Drop), It.IsAny<CancellationToken>()))
            .Callback((OrchestrationName<RunInput, RunResult> _, RunInput input, string _, CancellationToken _) => seen = input)
            .ReturnsAsync(true);

        RunStart start = await HandleAsync();

        Assert.Equal(new RunStart(RunIds.ForDrop(Drop), RunStartOutcome.Created), start);
        Assert.Same(_options.DefaultRequest, seen?.Request);
        Assert.Equal(Drop, seen?.Drop);
        Assert.Equal(TimeSpan.FromSeconds(3), seen?.SettlingTime);
        Assert.Equal("drop:datasets/incoming/chat.parquet", seen?.RequestedBy);
    }

    [Fact]
    public async Task A_drop_whose_run_is_there_starts_nothing()
    {
        _engine.Setup(x => x.GetInstanceAsync(RunIds.ForDrop(Drop), false, It.IsAny<CancellationToken>()))
            .ReturnsAsync(Instances.Run(RunIds.ForDrop(Drop), RunState.Completed, OrchestrationRuntimeStatus.Completed));

        Assert.Equal(RunStartOutcome.AlreadyStarted, (await HandleAsync()).Outcome);
    }

    [Fact]
    public async Task A_drop_whose_run_was_purged_starts_nothing_as_long_as_its_request_is_on_record()
    {
        NoInstance();
        var content = new MemoryStream();
        await using var record = new RunRecord(content, "application/json");
        _records.Setup(x => x.OpenAsync(RunIds.ForDrop(Drop), "request.json", It.IsAny<CancellationToken>()))
            .ReturnsAsync(record);

        Assert.Equal(RunStartOutcome.AlreadyStarted, (await HandleAsync()).Outcome);
        Assert.False(content.CanRead, "The record was left open.");
    }

    [Fact]
    public async Task A_drop_that_another_watcher_starts_at_the_same_time_is_started_once()
    {
        NoInstance();
        _records.Setup(x => x.OpenAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<CancellationToken>())).ReturnsAsync((RunRecord?)null);
        _engine.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, It.IsAny<RunInput>(), RunIds.ForDrop(Drop), It.IsAny<CancellationToken>()))
            .ReturnsAsync(false);

        Assert.Equal(RunStartOutcome.AlreadyStarted, (await HandleAsync()).Outcome);
    }

    private void NoInstance() =>
        _engine.Setup(x => x.GetInstanceAsync(RunIds.ForDrop(Drop), false, It.IsAny<CancellationToken>())).ReturnsAsync((OrchestrationMetadata?)null);

    private Task<RunStart> HandleAsync() => new DatasetIntake(_engine.Object, _records.Object, _options).HandleAsync(Drop);
}
