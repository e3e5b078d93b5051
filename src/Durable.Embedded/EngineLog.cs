using Microsoft.Extensions.Logging;

namespace FineTune.Durable.Embedded;

/// <summary>What the engine logs. Never inputs, outputs or payloads.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1, LogLevel.Information, "Durable task engine started on {DatabasePath}")]
    public static partial void Started(ILogger logger, string databasePath);

    [LoggerMessage(2, LogLevel.Information, "Durable task engine stopped; {LeftBehind} activities did not end in time and will run again")]
    public static partial void Stopped(ILogger logger, int leftBehind);

    [LoggerMessage(3, LogLevel.Error,
        "Instance '{InstanceId}' cannot go on: no orchestration named '{Name}' is registered in this host. It stays as it is until a host that knows the orchestration is started")]
    public static partial void UnknownOrchestration(ILogger logger, string instanceId, string name);

    [LoggerMessage(4, LogLevel.Error, "Instance '{InstanceId}' ({Name}) failed: {Error}")]
    public static partial void InstanceFailed(ILogger logger, string instanceId, string name, string error);

    [LoggerMessage(5, LogLevel.Warning, "Activity '{Name}' of instance '{InstanceId}' failed")]
    public static partial void ActivityFailed(ILogger logger, Exception exception, string name, string instanceId);

    [LoggerMessage(6, LogLevel.Error, "A turn of instance row {Sequence} could not be committed; it will be tried again")]
    public static partial void TurnNotCommitted(ILogger logger, Exception exception, long sequence);

    [LoggerMessage(7, LogLevel.Error, "The end of activity '{Name}' of instance '{InstanceId}' could not be recorded; it will run again when its lease has run out")]
    public static partial void ActivityNotRecorded(ILogger logger, Exception exception, string name, string instanceId);

    [LoggerMessage(8, LogLevel.Error, "Due timers or leases could not be written; it will be tried again")]
    public static partial void TimersNotCommitted(ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Critical, "A turn of instance row {Sequence} is impossible; the instance stays as it is until the next start")]
    public static partial void TurnImpossible(ILogger logger, Exception exception, long sequence);
}
