using System.Globalization;

namespace FineTune.Durable.Embedded.Tests;

public sealed class ReplayerTests
{
    private static readonly ActivityName<string, string> Reserve = new("Reserve");
    private static readonly ActivityName<string, string> Charge = new("Charge");
    private static readonly OrchestrationName<string, string> Ship = new("Ship");

    public static TheoryData<string> GoldenHistories =>
        [.. Directory.EnumerateFiles(HistoriesDirectory, "order*.json").Select(path => Path.GetFileName(path))];

    private static string HistoriesDirectory => Path.Combine(AppContext.BaseDirectory, "Histories");

    [Theory]
    [MemberData(nameof(GoldenHistories))]
    public void A_committed_history_replays(string file) => new OrchestrationReplayer(Registry()).Replay(Read(file));

    [Fact]
    public void A_deliberately_wrong_history_fails()
    {
        NonDeterministicOrchestrationException e =
            Assert.Throws<NonDeterministicOrchestrationException>(() => new OrchestrationReplayer(Registry()).Replay(Read("wrong-order.json")));
        Assert.Equal("activity 'Charge'", e.Expected);
        Assert.Equal("activity 'Reserve'", e.Actual);
        Assert.Equal(2, e.Position);
    }

    [Theory]
    [InlineData("{", "no exported history")]
    [InlineData("null", "null")]
    [InlineData("""{"formatVersion":2,"instanceId":"i","name":"Order","execution":1,"events":[]}""", "format version 2")]
    [InlineData("""{"formatVersion":1,"instanceId":"i","name":"Order","execution":1}""", "no events")]
    [InlineData("""{"formatVersion":1,"instanceId":"i","name":"Order","execution":1,"events":[null]}""", "no events")]
    [InlineData("""{"formatVersion":1,"instanceId":"i","name":"Order","execution":1,"events":[{"type":"nix"}]}""", "no exported history")]
    [InlineData("""{"formatVersion":1,"instanceId":"i","name":"Order","execution":1,"events":[{}]}""", "no exported history")]
    [InlineData("""{"formatVersion":1,"instanceId":"i","name":"Order","execution":1,"events":[{"type":"timerFired","timerId":1}]}""", "not the start of a turn")]
    public void A_text_that_is_no_history_is_refused(string json, string message)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => new OrchestrationReplayer(Registry()).Replay(json));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_orchestration_is_refused_by_name() =>
        Assert.Throws<KeyNotFoundException>(() => new OrchestrationReplayer(new DurableTaskRegistry()).Replay(Read("order.json")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exported_history_is_the_committed_one_and_replays(bool ended)
    {
        await using var host = new EngineHost { Registry = Registry(), MaxConcurrentActivities = 1 };
        await host.StartAsync();
        using IDisposable hold = host.Skipping.Hold();
        await host.ScheduleAsync("Order", "lamp", "order-1");
        await host.Engine.WhenIdleAsync();
        if (ended)
        {
            await host.Client.RaiseEventAsync("order-1", "approved", true);
            await host.Client.WaitForInstanceCompletionAsync("order-1");
        }

        string json = host.Engine.ExportHistory("order-1");
        new OrchestrationReplayer(Registry()).Replay(json);
        Assert.Equal(Read(ended ? "order.json" : "order-under-way.json").ReplaceLineEndings("\n").TrimEnd(), WithoutStackTraces(json));
        Assert.Throws<KeyNotFoundException>(() => host.Engine.ExportHistory("nobody"));
    }

    // Where the test code lives on disk is no part of a golden history.
    private static string WithoutStackTraces(string json) =>
        string.Join('\n', json.Split('\n').Where(line => !line.Contains("\"stackTrace\"", StringComparison.Ordinal)));

    private static string Read(string file) => File.ReadAllText(Path.Combine(HistoriesDirectory, file));

    private static DurableTaskRegistry Registry()
    {
        var registry = new DurableTaskRegistry();
        registry.AddActivity(Reserve, _ => new DelegateActivity<string, string>((_, item, _) => Task.FromResult($"reserved {item}")));
        registry.AddActivity(Charge, _ => new DelegateActivity<string, string>((_, item, _) => Task.FromResult($"charged {item}")));
        registry.AddOrchestrator(Ship, () => new DelegateOrchestration<string, string>((context, item) =>
            Task.FromResult(string.Create(CultureInfo.InvariantCulture, $"shipped {item} {context.NewGuid()}"))));
        registry.AddOrchestrator(new OrchestrationName<string, string>("Order"), () => new DelegateOrchestration<string, string>(OrderAsync), "1");
        return registry;
    }

    private static async Task<string> OrderAsync(OrchestrationContext context, string item)
    {
        string reserved = await context.CallActivityAsync(Reserve, item);
        using var cancellation = new CancellationTokenSource();
        Task timeout = context.CreateTimer(TimeSpan.FromDays(2), cancellation.Token);
        Task<bool> approval = context.WaitForExternalEvent<bool>("approved");
        if (await Task.WhenAny(approval, timeout) == timeout)
        {
            return "given up";
        }

        cancellation.CancelOnThisThread();
        string charged = await context.CallActivityAsync(Charge, item);
        context.SendEvent("stock", "sold", item);
        return $"{reserved}, {charged}, {await context.CallSubOrchestratorAsync(Ship, item)}";
    }
}
