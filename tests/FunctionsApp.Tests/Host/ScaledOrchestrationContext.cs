using FineTune.Simulator;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineTune.FunctionsApp.Tests.Host;

/// <summary>
/// Microsoft's context on a clock that runs faster than theirs, which is real: what it shows is theirs scaled from a fixed
/// anchor, so that a replay sees the same; its timers fire after as much less time.
/// </summary>
internal sealed class ScaledOrchestrationContext(TaskOrchestrationContext inner, FastClock clock) : TaskOrchestrationContext
{
    public override TaskName Name => inner.Name;

    public override string InstanceId => inner.InstanceId;

    public override ParentOrchestrationInstance? Parent => inner.Parent;

    public override DateTime CurrentUtcDateTime => clock.Scale(inner.CurrentUtcDateTime);

    public override bool IsReplaying => inner.IsReplaying;

    public override string Version => inner.Version;

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public override T? GetInput<T>()
        where T : default => inner.GetInput<T>();

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null) =>
        inner.CallActivityAsync<TResult>(name, input, options);

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) => inner.CreateTimer(clock.Unscale(fireAt), cancellationToken);

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
        inner.WaitForExternalEvent<T>(eventName, cancellationToken);

    public override void SendEvent(string instanceId, string eventName, object payload) => inner.SendEvent(instanceId, eventName, payload);

    public override void SetCustomStatus(object? customStatus) => inner.SetCustomStatus(customStatus);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        inner.CallSubOrchestratorAsync<TResult>(orchestratorName, input, options);

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => inner.ContinueAsNew(newInput, preserveUnprocessedEvents);

    public override Guid NewGuid() => inner.NewGuid();
}

/// <summary>An hour of its time is <c>3600 / speed</c> seconds.</summary>
internal sealed class FastClock(double speed)
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 6, 0, 0, TimeSpan.Zero);
    private readonly DateTimeOffset _realStart = DateTimeOffset.UtcNow;

    public TimeProvider Time => field ??= new ScaledTimeProvider(TimeProvider.System, _realStart, Start, speed);

    public DateTime Scale(DateTime real) => Start.UtcDateTime + ((DateTime.SpecifyKind(real, DateTimeKind.Utc) - _realStart.UtcDateTime) * speed);

    // Rounded up: a timer must not fire before its time.
    public DateTime Unscale(DateTime scaled) => _realStart.UtcDateTime + ((scaled.ToUniversalTime() - Start.UtcDateTime) / speed) + TimeSpan.FromTicks(1);
}
