using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Tests.Orchestrations;

public sealed class FaultTests
{
    public static TheoryData<string> Calls =>
    [
        "GetModelAsync", "GetComponentAsync", "ListVmSizesAsync", "GetCluster", "ListDataset", "PrepareAsync", "UploadAsync", "WriteAsync",
        "OpenAsync", "BeginCreateAsync", "GetStatusAsync", "SubmitAsync", "GetJob", "GetMetrics", "RegisterAsync", "GetEndpoint",
        "BeginCreateEndpoint", "GetDeploymentAsync", "BeginCreateDeploymentAsync", "ScoreAsync", "BeginSetTrafficAsync", "UpdateTagsAsync",
        "BeginDeleteAsync",
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_that_fails_for_a_while_delays_the_run_and_changes_nothing_else(string failing)
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        int failures = 0;
        harness.Azure.OnCall = call =>
        {
            if (call == failing && failures++ < 3)
            {
                throw new UpstreamException(OutcomeKind.Transient, new Failure("Throttled", "429")) { RetryAfter = TimeSpan.FromSeconds(42) };
            }
        };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Completed, status.State);
        AssertExactlyOne(harness);
        harness.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_that_is_refused_for_good_ends_the_run_with_nothing_left(string failing)
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        bool refuses = true;
        harness.Azure.OnCall = call =>
        {
            if (call == failing && refuses)
            {
                // Deletions and the reads around them come back some day; everything else is refused once, which is enough.
                refuses = false;
                throw new UpstreamException(OutcomeKind.Denied, new Failure("Denied", "403"));
            }
        };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Contains(status.State, new[] { RunState.Failed, RunState.Completed });
        if (status.State == RunState.Failed)
        {
            Assert.Equal("Denied", status.Failure!.Code);
        }

        harness.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_defect_in_a_port_ends_the_run_with_nothing_left(string failing)
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.OnCall = call =>
        {
            // Reads that the way out needs come back after a while, as a restarted host would make them.
            if (call == failing && harness.Time.GetUtcNow() < RunHarness.Start + TimeSpan.FromHours(12))
            {
                throw new InvalidOperationException("A defect.");
            }
        };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Contains(status.State, new[] { RunState.Failed, RunState.Completed });
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task Activities_that_all_run_twice_create_everything_once()
    {
        await using RunHarness harness = await RunHarness.StartAsync(TwiceEach);

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Completed, status.State);
        AssertExactlyOne(harness);
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task Every_input_and_output_of_an_activity_stays_under_64_kilobytes()
    {
        int largest = 0;
        await using RunHarness harness = await RunHarness.StartAsync(registry => Wrap(registry, async (activity, services, context, input, cancellationToken) =>
        {
            string? output = await activity.RunAsync(services, context, input, cancellationToken);
            largest = Math.Max(largest, Math.Max(input?.Length ?? 0, output?.Length ?? 0));
            return output;
        }));
        DatasetFinding[] findings = [.. Enumerable.Range(1, 10_000).Select(row => new DatasetFinding("NotJson", "a-file-with-quite-a-long-name.jsonl", row, new string('x', 300)))];
        harness.Azure.Preparation = new DatasetPreparationResult([], InMemoryAzure.Report(20_000, 10_000, findings), new Failure("DatasetRefused", "Half of it is broken."));

        await harness.RunToEndAsync();

        Assert.InRange(largest, 1, 64 * 1024);
    }

    private static void AssertExactlyOne(RunHarness harness) => Assert.Equal(
        (1, 1, 1, 1), (harness.Azure.ClustersCreated, harness.Azure.JobsCreated, harness.Azure.ModelsCreated, harness.Azure.EndpointsCreated));

    private static DurableTaskRegistry TwiceEach(DurableTaskRegistry registry) => Wrap(registry, async (activity, services, context, input, cancellationToken) =>
    {
        await activity.RunAsync(services, context, input, cancellationToken);
        return await activity.RunAsync(services, context, input, cancellationToken);
    });

    private static DurableTaskRegistry Wrap(
        DurableTaskRegistry registry,
        Func<ActivityRegistration, IServiceProvider, ActivityContext, string?, CancellationToken, Task<string?>> around)
    {
        var wrapped = new DurableTaskRegistry();
        foreach (OrchestrationRegistration orchestration in registry.Orchestrations.Values)
        {
            wrapped.Add(orchestration);
        }

        foreach (ActivityRegistration activity in registry.Activities.Values)
        {
            wrapped.Add(activity with
            {
                RunAsync = (services, context, input, cancellationToken) => around(activity, services, context, input, cancellationToken),
            });
        }

        return wrapped;
    }
}
