using System.Globalization;

namespace FineTune.Durable.Embedded.Tests;

/// <summary>
/// A process with an engine in it, on real time and with real commits. It tells of each effect as it happens, and goes on
/// when it is answered.
/// </summary>
public static class Program
{
    public const int Steps = 12;

    private static readonly ActivityName<int, int> Append = new("Append");
    private static readonly OrchestrationName<int, int> Step = new("Step");
    private static readonly OrchestrationName<int, int> Walk = new("Walk");

    /// <summary>What the orchestration gives in the end: the sum of all its effects.</summary>
    public static int ExpectedOutput => Enumerable.Range(0, Steps).Sum(step => step + (1000 + step));

    public static async Task<int> Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args.Length != 1)
        {
            await Console.Error.WriteLineAsync("usage: <directory>");
            return 2;
        }

        string effects = Path.Combine(args[0], "effects.txt");
        var registry = new DurableTaskRegistry();
        registry.AddActivity(Append, _ => new DelegateActivity<int, int>(async (_, number, cancellationToken) =>
        {
            string line = number.ToString(CultureInfo.InvariantCulture);
            await File.AppendAllLinesAsync(effects, [line], cancellationToken);
            await Console.Out.WriteLineAsync(line);
            string? answer = await Console.In.ReadLineAsync(cancellationToken);
            return answer is null ? throw new EndOfStreamException("Nobody answers any more.") : number;
        }));
        registry.AddOrchestrator(Step, () => new DelegateOrchestration<int, int>(async (context, number) =>
        {
            await context.CreateTimer(TimeSpan.FromMilliseconds(1));
            return await context.CallActivityAsync(Append, 1000 + number);
        }));
        registry.AddOrchestrator(Walk, () => new DelegateOrchestration<int, int>(async (context, _) =>
        {
            int sum = 0;
            for (int i = 0; i < Steps; i++)
            {
                sum += await context.CallActivityAsync(Append, i);
                sum += await context.CallSubOrchestratorAsync(Step, i);
            }

            return sum;
        }));
        await using var engine = new DurableTaskEngine(
            registry, new NoServices(), new DurableTaskEngineOptions { DatabasePath = Path.Combine(args[0], "engine.db"), MaxConcurrentActivities = 1 });
        await engine.StartAsync(CancellationToken.None);
        await engine.Client.ScheduleNewOrchestrationInstanceAsync(Walk, 0, "walk");
        OrchestrationMetadata metadata = await engine.Client.WaitForInstanceCompletionAsync("walk");
        await Console.Out.WriteLineAsync($"{metadata.RuntimeStatus} {metadata.Output}");
        return 0;
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
