using System.Globalization;

namespace FineTune.Durable.Embedded.Tests;

public sealed class ClientTests
{
    private static readonly OrchestrationName<int, int> Wait = new("Wait");

    [Fact]
    public async Task An_id_starts_one_instance_only()
    {
        await using EngineHost host = await StartAsync();

        bool[] started = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.ScheduleAsync("Echo", i, "same")));
        await host.Client.WaitForInstanceCompletionAsync("same");

        Assert.Equal(1, started.Count(s => s));
        Assert.False(await host.ScheduleAsync("Echo", 1, "same"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tab\there")]
    [InlineData("ümlaut")]
    public async Task A_bad_id_is_refused(string id)
    {
        await using EngineHost host = await StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => host.ScheduleAsync("Echo", 1, id));
        await Assert.ThrowsAsync<ArgumentException>(() => host.ScheduleAsync("Echo", 1, new string('x', 101)));
    }

    [Fact]
    public async Task An_unknown_orchestration_is_refused_by_name()
    {
        await using EngineHost host = await StartAsync();

        ArgumentException e = await Assert.ThrowsAsync<ArgumentException>(() => host.ScheduleAsync("Nix", 1));
        Assert.Contains("No orchestration named 'Nix' is registered", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_show_input_output_and_times_when_asked_for()
    {
        await using EngineHost host = await StartAsync();
        await host.RunAsync("Status", 7);

        OrchestrationMetadata full = (await host.Client.GetInstanceAsync("i", getInputsAndOutputs: true))!;
        OrchestrationMetadata brief = (await host.Client.GetInstanceAsync("i"))!;
        Assert.Equal(7, full.Input!.Value.GetInt32());
        Assert.Equal(8, full.Output!.Value.GetInt32());
        Assert.Null(brief.Input);
        Assert.Null(brief.Output);
        Assert.Equal("\"half\"", brief.CustomStatus!.Value.GetRawText());
        Assert.Equal(EngineHost.Start, brief.CreatedAt);
        Assert.Equal(EngineHost.Start.AddMinutes(1), brief.LastUpdatedAt);
        Assert.Null(await host.Client.GetInstanceAsync("nobody"));
    }

    [Fact]
    public async Task The_list_is_newest_first_and_goes_over_pages()
    {
        await using EngineHost host = await StartAsync();
        for (int i = 0; i < 250; i++)
        {
            await host.ScheduleAsync("Wait", i, string.Create(CultureInfo.InvariantCulture, $"i{i:000}"));
        }

        List<OrchestrationMetadata> all = await ListAsync(host, new OrchestrationQuery());
        Assert.Equal(250, all.Count);
        Assert.Equal(all.OrderByDescending(m => m.InstanceId, StringComparer.Ordinal).Select(m => m.InstanceId), all.Select(m => m.InstanceId));
    }

    [Fact]
    public async Task The_list_can_be_narrowed()
    {
        await using EngineHost host = await StartAsync();
        await host.RunAsync("Echo", 1, "run-1");
        await host.RunAsync("Fail", 2, "run-2");
        await host.ScheduleAsync("Wait", 3, "run-3");
        await host.Engine.WhenIdleAsync();
        using IDisposable hold = await host.Skipping.HoldAtAsync(EngineHost.Start.AddHours(1));
        await host.ScheduleAsync("Wait", 4, "other%");

        Assert.Equal(["other%", "run-3"], await IdsAsync(new OrchestrationQuery { Name = "wait" }));
        Assert.Equal(["run-2", "run-1"], await IdsAsync(new OrchestrationQuery { Statuses = [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed] }));
        Assert.Equal(["run-3", "run-2", "run-1"], await IdsAsync(new OrchestrationQuery { InstanceIdPrefix = "run-" }));
        Assert.Empty(await IdsAsync(new OrchestrationQuery { InstanceIdPrefix = "RUN-" }));
        Assert.Equal(["other%"], await IdsAsync(new OrchestrationQuery { CreatedFrom = EngineHost.Start.AddMinutes(1) }));
        OrchestrationMetadata one = Assert.Single(await ListAsync(host, new OrchestrationQuery { InstanceIdPrefix = "run-1", FetchInputsAndOutputs = true }));
        Assert.Equal(1, one.Output!.Value.GetInt32());

        async Task<IEnumerable<string>> IdsAsync(OrchestrationQuery query) => (await ListAsync(host, query)).Select(m => m.InstanceId);
    }

    [Fact]
    public async Task Waiting_for_nobody_fails_and_waiting_can_be_given_up()
    {
        await using EngineHost host = await StartAsync();
        await Assert.ThrowsAsync<KeyNotFoundException>(() => host.Client.WaitForInstanceCompletionAsync("nobody"));

        await host.ScheduleAsync("Wait", 1);
        using var cancellation = new CancellationTokenSource();
        Task<OrchestrationMetadata> waiting = host.Client.WaitForInstanceCompletionAsync("i", cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Waiting_ends_with_the_engine()
    {
        await using EngineHost host = await StartAsync();
        await host.ScheduleAsync("Wait", 1);
        Task<OrchestrationMetadata> waiting = host.Client.WaitForInstanceCompletionAsync("i");

        await host.Engine.StopAsync(CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.ScheduleAsync("Echo", 1, "late"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.Client.GetInstanceAsync("i"));
    }

    [Fact]
    public async Task Purge_removes_an_ended_instance_with_its_children_and_frees_the_id()
    {
        await using EngineHost host = await StartAsync();
        await host.RunAsync("Parent", 3, "p");
        Assert.Equal(4, (await ListAsync(host, new OrchestrationQuery())).Count);

        Assert.True(await host.Client.PurgeInstanceAsync("p"));
        Assert.False(await host.Client.PurgeInstanceAsync("p"));
        Assert.Empty(await ListAsync(host, new OrchestrationQuery()));
        Assert.Equal("3", await host.RunToOutputAsync("Parent", 3, "p"));
    }

    [Fact]
    public async Task Purge_leaves_what_has_not_ended()
    {
        await using EngineHost host = await StartAsync();
        await host.ScheduleAsync("Wait", 1, "running");
        await host.RunAsync("Forget", 1, "forgetful");

        Assert.False(await host.Client.PurgeInstanceAsync("running"));
        Assert.False(await host.Client.PurgeInstanceAsync("forgetful"));
        Assert.False(await host.Client.PurgeInstanceAsync("nobody"));

        await host.Client.RaiseEventAsync("child", "go", 1);
        await host.Client.WaitForInstanceCompletionAsync("child");
        Assert.True(await host.Client.PurgeInstanceAsync("forgetful"));
        Assert.Null(await host.Client.GetInstanceAsync("child"));
    }

    [Fact]
    public async Task A_client_of_an_engine_that_was_not_started_says_so()
    {
        await using var host = new EngineHost();
        await using DurableTaskEngine engine = host.CreateEngine();

        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Client.GetInstanceAsync("i"));
        Assert.Contains("not started", e.Message, StringComparison.Ordinal);
    }

    private static async Task<EngineHost> StartAsync()
    {
        var host = new EngineHost();
        host.AddOrchestrator<int, int>("Echo", (_, x) => Task.FromResult(x));
        host.AddOrchestrator<int, int>("Fail", (_, _) => throw new InvalidOperationException("no"));
        host.AddOrchestrator<int, int>("Wait", (context, _) => context.WaitForExternalEvent<int>("go"));
        host.AddOrchestrator<int, int>("Status", async (context, x) =>
        {
            context.SetCustomStatus("begun");
            context.SetCustomStatus("half");
            await context.CreateTimer(TimeSpan.FromMinutes(1));
            return x + 1;
        });
        host.AddOrchestrator<int, int>("Parent", async (context, depth) =>
            depth == 0 ? 0 : 1 + await context.CallSubOrchestratorAsync(new OrchestrationName<int, int>("Parent"), depth - 1));
        host.AddOrchestrator<int, int>("Forget", (context, x) =>
        {
            _ = context.CallSubOrchestratorAsync(Wait, x, "child");
            return Task.FromResult(x);
        });
        return await host.StartAsync();
    }

    private static async Task<List<OrchestrationMetadata>> ListAsync(EngineHost host, OrchestrationQuery query)
    {
        List<OrchestrationMetadata> all = [];
        await foreach (OrchestrationMetadata metadata in host.Client.GetAllInstancesAsync(query))
        {
            all.Add(metadata);
        }

        return all;
    }
}
