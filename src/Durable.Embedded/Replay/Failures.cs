namespace FineTune.Durable.Embedded.Replay;

/// <summary>Exceptions as history keeps them.</summary>
internal static class Failures
{
    public static TaskFailureDetails Describe(Exception exception) =>
        new(exception.GetType().FullName ?? exception.GetType().Name, exception.Message, exception.StackTrace);
}
