using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;
using Moq;

namespace FineTune.Workflow.Tests.Runs;

public sealed class RunClientTests
{
    private const string RunId = "run-1";
    private readonly Mock<IOrchestrationClient> _engine = new(MockBehavior.Strict);
    private readonly RunClient _runs;

    public RunClientTests()
    {
        _runs = new RunClient(_engine.Object);
    }

    [Fact]
    public async Task A_request_without_a_key_starts_a_new_run_each_time()
    {
        var ids = new List<string>();
        _engine.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, It.IsAny<RunInput>(), Capture.In(ids), It.IsAny<CancellationToken>()))
            .ReturnsAsync(true);

        RunStart one = await _runs.StartAsync(new RunRequest(), idempotencyKey: null, requestedBy: null);
        RunStart two = await _runs.StartAsync(new RunRequest(), idempotencyKey: null, requestedBy: null);

        Assert.Equal(RunStartOutcome.Created, one.Outcome);
        Assert.Equal([one.RunId, two.RunId], ids);
        Assert.NotEqual(one.RunId, two.RunId);
    }

    [Theory]
    [InlineData(5, RunStartOutcome.AlreadyStarted)]
    [InlineData(6, RunStartOutcome.KeyUsedForAnotherRequest)]
    public async Task The_same_key_again_is_the_same_run_unless_the_request_differs(double splitPercent, RunStartOutcome expected)
    {
        RunInput? input = null;
        _engine.SetupSequence(x => x.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, It.IsAny<RunInput>(), RunIds.ForKey("k"), It.IsAny<CancellationToken>()))
            .ReturnsAsync(true)
            .ReturnsAsync(false);
        RunRequest Request(double percent) => new() { Dataset = new DatasetRequest { Path = "a.jsonl", SplitPercent = percent } };
        input = new RunInput { Request = Request(5), RequestedBy = "ada" };
        _engine.Setup(x => x.GetInstanceAsync(RunIds.ForKey("k"), true, It.IsAny<CancellationToken>()))
            .ReturnsAsync(Instances.Run(RunIds.ForKey("k"), RunState.Planning) with { Input = Instances.Json(input) });

        RunStart first = await _runs.StartAsync(Request(5), "k", "ada");
        RunStart second = await _runs.StartAsync(Request(splitPercent), "k", "bob");

        Assert.Equal(RunStartOutcome.Created, first.Outcome);
        Assert.Equal(first.RunId, second.RunId);
        Assert.Equal(expected, second.Outcome);
    }

    [Fact]
    public async Task The_request_and_its_sender_reach_the_orchestration()
    {
        RunInput? seen = null;
        _engine.Setup(x => x.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, It.IsAny<RunInput>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
            .Callback((OrchestrationName<RunInput, RunResult> _, RunInput input, string _, CancellationToken _) => seen = input)
            .ReturnsAsync(true);
        var request = new RunRequest { DatasetName = "mine" };

        await _runs.StartAsync(request, idempotencyKey: null, "ada");

        Assert.Same(request, seen?.Request);
        Assert.Equal("ada", seen?.RequestedBy);
        Assert.Null(seen?.Drop);
    }

    [Fact]
    public async Task A_run_that_has_not_begun_is_shown_as_accepted()
    {
        Found(Instances.Run(RunId, state: null, OrchestrationRuntimeStatus.Pending));

        RunStatus? run = await _runs.GetAsync(RunId);

        Assert.Equal(RunState.Accepted, run?.State);
        Assert.Equal(Instances.Start, run?.StartedAt);
    }

    [Fact]
    public async Task A_run_in_training_shows_the_progress_of_its_watch()
    {
        Found(Instances.Run(RunId, RunState.Training));
        var progress = new JobProgress(new JobSnapshot("job", "Running", JobState.Active), [new EpochLoss(1, 2.5, 2.7)]);
        _engine.Setup(x => x.GetInstanceAsync(RunInstances.Watch(RunId), false, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new OrchestrationMetadata
            {
                Name = WatchPipelineJob.Name.Value,
                InstanceId = RunInstances.Watch(RunId),
                RuntimeStatus = OrchestrationRuntimeStatus.Running,
                CreatedAt = Instances.Start,
                LastUpdatedAt = Instances.Start,
                CustomStatus = Instances.Json(progress),
            });

        RunStatus? run = await _runs.GetAsync(RunId);

        Assert.Equal(new EpochLoss(1, 2.5, 2.7), Assert.Single(run!.Job!.Epochs));
        Assert.Equal("Running", run.Job.Job.Status);
    }

    [Fact]
    public async Task A_run_in_training_whose_watch_has_not_begun_is_shown_as_it_is()
    {
        Found(Instances.Run(RunId, RunState.Training));
        _engine.Setup(x => x.GetInstanceAsync(RunInstances.Watch(RunId), false, It.IsAny<CancellationToken>())).ReturnsAsync((OrchestrationMetadata?)null);

        RunStatus? run = await _runs.GetAsync(RunId);

        Assert.Equal(RunState.Training, run?.State);
        Assert.Null(run?.Job);
    }

    [Fact]
    public async Task A_run_whose_orchestration_failed_is_failed_and_says_why()
    {
        Found(Instances.Run(RunId, RunState.Deploying, OrchestrationRuntimeStatus.Failed) with
        {
            FailureDetails = new TaskFailureDetails("System.InvalidOperationException", "no such step"),
        });

        RunStatus? run = await _runs.GetAsync(RunId);

        Assert.Equal(RunState.Failed, run?.State);
        Assert.Equal("OrchestrationFailed", run?.Failure?.Code);
        Assert.Contains("no such step", run?.Failure?.Message, StringComparison.Ordinal);
        Assert.NotNull(run?.Failure?.NextStep);
    }

    [Fact]
    public async Task A_terminated_run_has_failed_and_says_what_it_may_have_left_behind()
    {
        Found(Instances.Run(RunId, RunState.Training, OrchestrationRuntimeStatus.Terminated));

        RunStatus? run = await _runs.GetAsync(RunId);

        Assert.Equal(RunState.Failed, run?.State);
        Assert.Equal("OrchestrationTerminated", run?.Failure?.Code);
        Assert.Contains("canceled by hand", run?.Failure?.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspended_run_keeps_its_state_and_warns_that_nothing_goes_on()
    {
        Found(Instances.Run(RunId, RunState.Serving, OrchestrationRuntimeStatus.Suspended));

        RunStatus? run = await _runs.GetAsync(RunId);

        Assert.Equal(RunState.Serving, run?.State);
        Assert.Contains("suspended", Assert.Single(run!.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_id_and_the_id_of_a_child_are_no_runs()
    {
        Found(Instances.Run(RunId, RunState.Training) with { Name = WatchPipelineJob.Name.Value });
        _engine.Setup(x => x.GetInstanceAsync("nobody", false, It.IsAny<CancellationToken>())).ReturnsAsync((OrchestrationMetadata?)null);

        Assert.Null(await _runs.GetAsync(RunId));
        Assert.Null(await _runs.GetAsync("nobody"));
    }

    [Fact]
    public async Task A_list_keeps_the_engines_order_filters_by_state_and_stops_at_its_limit()
    {
        OrchestrationQuery? asked = null;
        _engine.Setup(x => x.GetAllInstancesAsync(It.IsAny<OrchestrationQuery>(), It.IsAny<CancellationToken>()))
            .Callback((OrchestrationQuery query, CancellationToken _) => asked = query)
            .Returns(() => AsyncEnumerable.ToAsyncEnumerable(
            [
                Instances.Run("e", RunState.Training),
                Instances.Run("d", RunState.Serving),
                Instances.Run("c", RunState.Training),
                Instances.Run("b", RunState.Training),
            ]));

        IReadOnlyList<RunStatus> runs = await _runs.ListAsync(new RunQuery { States = [RunState.Training], Limit = 2 });

        Assert.Equal(["e", "c"], runs.Select(run => run.RunId));
        Assert.Equal(FineTuneRun.Name.Value, asked?.Name);
        Assert.Equal([OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended], asked?.Statuses);
    }

    [Theory]
    [InlineData(RunState.Completed, OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated)]
    [InlineData(RunState.Canceled, OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated)]
    public async Task A_list_of_ended_runs_asks_the_engine_for_ended_instances(RunState state, params OrchestrationRuntimeStatus[] expected)
    {
        OrchestrationQuery? asked = null;
        _engine.Setup(x => x.GetAllInstancesAsync(It.IsAny<OrchestrationQuery>(), It.IsAny<CancellationToken>()))
            .Callback((OrchestrationQuery query, CancellationToken _) => asked = query)
            .Returns(AsyncEnumerable.Empty<OrchestrationMetadata>());

        await _runs.ListAsync(new RunQuery { States = [state] });
        Assert.Equal(expected, asked?.Statuses);
        await _runs.ListAsync(new RunQuery { States = [state, RunState.Planning] });
        Assert.Empty(asked!.Statuses);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(RunQuery.MaxLimit + 1)]
    public void A_list_without_bounds_is_refused(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RunQuery { Limit = limit });

    [Fact]
    public async Task An_order_is_handed_over_exactly_in_the_states_where_it_means_something()
    {
        var possible = new HashSet<(string, RunState)>();
        foreach (string order in (string[])[RunEvents.Cancel, RunEvents.Approval, RunEvents.Extend, RunEvents.Keep, RunEvents.TearDown])
        {
            foreach (RunState state in Enum.GetValues<RunState>())
            {
                _engine.Reset();
                string? raised = null;
                RaisesEvents((name, _) => raised = name);
                Found(Instances.Run(RunId, state, RunTransitions.IsTerminal(state) ? OrchestrationRuntimeStatus.Completed : OrchestrationRuntimeStatus.Running));

                RunCommandResult result = await GiveAsync(order);

                Assert.Equal(state, result.State);
                Assert.Equal(result.Outcome == RunCommandOutcome.Accepted ? order : null, raised);
                Assert.Equal(RunTransitions.IsTerminal(state), result.Outcome == RunCommandOutcome.AlreadyEnded);
                if (result.Outcome == RunCommandOutcome.Accepted)
                {
                    possible.Add((order, state));
                }
            }
        }

        HashSet<(string, RunState)> expected =
        [
            .. Enum.GetValues<RunState>().Where(state => !RunTransitions.IsTerminal(state)).Select(state => (RunEvents.Cancel, state)),
            (RunEvents.Approval, RunState.AwaitingApproval),
            (RunEvents.Extend, RunState.Serving),
            (RunEvents.Keep, RunState.Serving),
            (RunEvents.TearDown, RunState.Serving),
        ];
        Assert.Equal(expected, possible);
    }

    [Fact]
    public async Task An_order_carries_who_gave_it()
    {
        object? payload = null;
        RaisesEvents((_, sent) => payload = sent);
        Found(Instances.Run(RunId, RunState.Training));

        await _runs.CancelAsync(RunId, new RunCommand("ada", "wrong data"));

        Assert.Equal(new RunCommand("ada", "wrong data"), payload);
    }

    [Fact]
    public async Task An_order_to_nobody_is_not_found()
    {
        _engine.Setup(x => x.GetInstanceAsync(RunId, false, It.IsAny<CancellationToken>())).ReturnsAsync((OrchestrationMetadata?)null);

        Assert.Equal(new RunCommandResult(RunCommandOutcome.NotFound, null), await _runs.CancelAsync(RunId, new RunCommand("ada")));
    }

    [Fact]
    public async Task An_order_to_a_run_that_ends_meanwhile_has_no_effect()
    {
        Found(Instances.Run(RunId, RunState.Serving));
        _engine.Setup(x => x.RaiseEventAsync(RunId, RunEvents.TearDown, It.IsAny<RunCommand>(), It.IsAny<CancellationToken>())).ReturnsAsync(false);

        Assert.Equal(RunCommandOutcome.AlreadyEnded, (await _runs.TearDownAsync(RunId, new RunCommand("ada"))).Outcome);
    }

    private void Found(OrchestrationMetadata instance) =>
        _engine.Setup(x => x.GetInstanceAsync(RunId, false, It.IsAny<CancellationToken>())).ReturnsAsync(instance);

    private void RaisesEvents(Action<string, object> raised) => _engine
        .Setup(x => x.RaiseEventAsync(RunId, It.IsAny<string>(), It.IsAny<It.IsAnyType>(), It.IsAny<CancellationToken>()))
        .Returns(new InvocationFunc(call =>
        {
            raised((string)call.Arguments[1], call.Arguments[2]);
            return Task.FromResult(true);
        }));

    private Task<RunCommandResult> GiveAsync(string order) => order switch
    {
        RunEvents.Cancel => _runs.CancelAsync(RunId, new RunCommand("ada")),
        RunEvents.Approval => _runs.ApproveAsync(RunId, new ApprovalDecision(true, "ada")),
        RunEvents.Extend => _runs.ExtendAsync(RunId, new ExtendCommand(TimeSpan.FromHours(1), "ada")),
        RunEvents.Keep => _runs.KeepAsync(RunId, new RunCommand("ada")),
        _ => _runs.TearDownAsync(RunId, new RunCommand("ada")),
    };
}
