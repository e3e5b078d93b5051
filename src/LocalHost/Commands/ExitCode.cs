namespace FineTune.LocalHost.Commands;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done; a followed run is Completed.</summary>
    public const int Success = 0;

    /// <summary>Not done, or a followed run is Failed or Canceled.</summary>
    public const int Failure = 1;

    /// <summary>The command line or a setting can't be understood.</summary>
    public const int Usage = 2;
}
