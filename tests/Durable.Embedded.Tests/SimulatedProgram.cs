using System.Collections.Concurrent;
using System.Globalization;

namespace FineTune.Durable.Embedded.Tests;

/// <summary>
/// A random orchestration as data, the orchestrations and activities that carry it out, and a record of every effect.
/// What it returns depends on the seed alone, however its activities interleave.
/// </summary>
internal sealed class SimulatedProgram
{
    private static readonly OrchestrationName<Input, string> Program = new("Program");
    private static readonly OrchestrationName<int, string> Collector = new("Collector");
    private static readonly ActivityName<int, string> Effect = new("Effect");
    private static readonly ActivityName<int, string> Failing = new("Failing");

    private readonly Random _random;
    private int _labels;

    public SimulatedProgram(int seed)
    {
        _random = new Random(seed);
        Start = new Input(Steps(depth: 0, _random.Next(3, 7)), string.Empty);
    }

    public Input Start { get; }

    /// <summary>How often each effect happened, by its label.</summary>
    public ConcurrentDictionary<int, int> Effects { get; } = new();

    public void Register(EngineHost host)
    {
        host.AddOrchestrator<Input, string>("Program", RunAsync);
        host.AddOrchestrator<int, string>("Collector", async (context, count) =>
        {
            List<int> numbers = [];
            while (numbers.Count < count)
            {
                numbers.Add(await context.WaitForExternalEvent<int>("number"));
            }

            return string.Join(',', numbers);
        });
        host.AddActivity<int, string>("Effect", label =>
        {
            Effects.AddOrUpdate(label, 1, (_, count) => count + 1);
            return string.Create(CultureInfo.InvariantCulture, $"e{label}");
        });
        host.AddActivity<int, string>("Failing", label =>
        {
            Effects.AddOrUpdate(label, 1, (_, count) => count + 1);
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"f{label}"));
        });
    }

    private Step[] Steps(int depth, int count) => [.. Enumerable.Range(0, count).Select(_ => NextStep(depth))];

    private Step NextStep(int depth)
    {
        int label = _labels++;
        int kind = _random.Next(depth < 2 ? 10 : 6);
        return kind switch
        {
            0 => new Step("effect", label, 1),
            1 => new Step("fan", label, Reserve(_random.Next(2, 6))),
            2 => new Step("timer", label, _random.Next(0, 300)),
            3 => new Step("race", label, _random.Next(1, 100)),
            4 => new Step("failing", label, _random.Next(1, 4)),
            5 => new Step("messages", label, _random.Next(1, 5)),
            6 => new Step("continue", label, 0),
            7 => new Step("child", label, 0, [Steps(depth + 1, _random.Next(1, 4))]),
            _ => new Step("parallel", label, 0, [.. Enumerable.Range(0, _random.Next(2, 4)).Select(_ => WithoutContinue(Steps(depth + 1, _random.Next(1, 3))))]),
        };
    }

    // Side by side, one branch cannot continue as new while others are under way.
    private static Step[] WithoutContinue(Step[] steps) => [.. steps.Select(step => step.Kind == "continue" ? step with { Kind = "effect", Count = 1 } : step)];

    private int Reserve(int count)
    {
        _labels += count;
        return count;
    }

    private static async Task<string> RunAsync(OrchestrationContext context, Input input)
    {
        string log = input.Log;
        for (int i = 0; i < input.Steps.Length; i++)
        {
            if (input.Steps[i].Kind == "continue")
            {
                context.ContinueAsNew(new Input(input.Steps[(i + 1)..], log + " continued"));
                return string.Empty;
            }

            log += " " + await RunStepAsync(context, input.Steps[i]);
            context.SetCustomStatus(log.Length);
        }

        return log;
    }

    private static async Task<string> RunStepAsync(OrchestrationContext context, Step step)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"i-{step.Label}");
        switch (step.Kind)
        {
            case "effect":
                return await context.CallActivityAsync(Effect, step.Label);
            case "fan":
                return string.Join('+', await Task.WhenAll(Enumerable.Range(step.Label, step.Count).Select(label => context.CallActivityAsync(Effect, label))));
            case "timer":
                DateTimeOffset due = context.CurrentUtcDateTime.AddMinutes(step.Count);
                await context.CreateTimer(due);
                return context.CurrentUtcDateTime >= due ? "t" : "early";
            case "race":
                using (var cancellation = new CancellationTokenSource())
                {
                    Task fast = context.CreateTimer(TimeSpan.FromMinutes(step.Count), cancellation.Token);
                    Task slow = context.CreateTimer(TimeSpan.FromMinutes(step.Count + 1), cancellation.Token);
                    Task winner = await Task.WhenAny(fast, slow);
                    cancellation.CancelOnThisThread();
                    return winner == fast && slow.IsCanceled ? "r" : "wrong winner";
                }

            case "failing":
                try
                {
                    return await context.CallActivityAsync(Failing, step.Label, new RetryPolicy { MaxNumberOfAttempts = step.Count });
                }
                catch (TaskFailedException e)
                {
                    return e.FailureDetails.ErrorMessage;
                }

            case "messages":
                Task<string> collected = context.CallSubOrchestratorAsync(Collector, step.Count, id);
                for (int i = 0; i < step.Count; i++)
                {
                    context.SendEvent(id, "Number", i);
                    if (i % 2 == 1)
                    {
                        await context.CreateTimer(TimeSpan.FromSeconds(1));
                    }
                }

                return await collected;
            case "child":
                return "(" + await context.CallSubOrchestratorAsync(Program, new Input(step.Branches![0], string.Empty)) + ")";
            default:
                string[] logs = await Task.WhenAll(step.Branches!.Select(async branch =>
                {
                    string log = string.Empty;
                    foreach (Step inner in branch)
                    {
                        log += " " + await RunStepAsync(context, inner);
                    }

                    return log;
                }));
                return "[" + string.Join('|', logs) + "]";
        }
    }

    internal sealed record Input(Step[] Steps, string Log);

    internal sealed record Step(string Kind, int Label, int Count, Step[][]? Branches = null);
}
