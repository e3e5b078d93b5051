using System.Diagnostics;
using System.Reflection;
using FineTune.Durable;
using FineTune.Workflow;

namespace FineTune.Architecture.Tests;

/// <summary>What replay forbids, checked on the compiled code: the source can't hide it behind a using or an alias.</summary>
public sealed class OrchestrationsTests
{
    private static readonly HashSet<Type> ForbiddenTypes =
    [
        typeof(Random), typeof(Environment), typeof(TimeProvider), typeof(Thread), typeof(ThreadPool), typeof(Stopwatch),
        typeof(File), typeof(Directory), typeof(HttpClient), typeof(Console), typeof(Process),
    ];

    private static readonly HashSet<string> ForbiddenMembers = new(StringComparer.Ordinal)
    {
        "DateTime.get_Now", "DateTime.get_UtcNow", "DateTime.get_Today", "DateTimeOffset.get_Now", "DateTimeOffset.get_UtcNow",
        "Guid.NewGuid", "Guid.CreateVersion7", "Task.Delay", "Task.Run", "TaskFactory.StartNew", "Task.Wait", "Task.ConfigureAwait",
        "Task`1.ConfigureAwait", "CancellationTokenSource.CancelAsync", "CancellationTokenSource.CancelAfter",
    };

    public static TheoryData<string> OrchestrationTypes =>
        [.. typeof(WorkflowTasks).Assembly.GetTypes()
            .Where(type => type.Namespace == "FineTune.Workflow.Orchestrations" && !type.IsNested)
            .Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(OrchestrationTypes))]
    public void Orchestration_code_calls_nothing_that_replay_forbids(string typeName)
    {
        Type type = typeof(WorkflowTasks).Assembly.GetType(typeName)!;

        IEnumerable<string> forbidden = IntermediateLanguage.CallsOf(type)
            .Where(call => ForbiddenTypes.Contains(call.DeclaringType!) || ForbiddenMembers.Contains($"{call.DeclaringType!.Name}.{call.Name}"))
            .Select(call => $"{call.DeclaringType!.Name}.{call.Name}");

        Assert.Empty(forbidden);
    }

    [Fact]
    public void The_check_finds_a_clock_where_there_is_one() =>
        Assert.Contains(IntermediateLanguage.CallsOf(typeof(ReadsTheClock)), call => call.Name == "get_UtcNow");

    [Fact]
    public void Every_orchestration_and_activity_is_registered()
    {
        DurableTaskRegistry registry = WorkflowTasks.AddTo(new DurableTaskRegistry());
        IEnumerable<string> names = typeof(WorkflowTasks).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && (Derives(type, typeof(Orchestration<,>)) || Derives(type, typeof(Activity<,>))))
            .Select(type => type.Name);

        Assert.Empty(names.Except(registry.Orchestrations.Keys.Concat(registry.Activities.Keys), StringComparer.Ordinal));
    }

    private static bool Derives(Type type, Type generic)
    {
        for (Type? up = type.BaseType; up is not null; up = up.BaseType)
        {
            if (up.IsGenericType && up.GetGenericTypeDefinition() == generic)
            {
                return true;
            }
        }

        return false;
    }

    private static class ReadsTheClock
    {
        public static async Task<DateTimeOffset> ReadAsync()
        {
            await Task.Yield();
            return DateTimeOffset.UtcNow;
        }
    }
}
