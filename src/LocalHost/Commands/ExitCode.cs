namespace FineTune.LocalHost.Commands;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done; a followed run is Completed.</summary>
    public const int Success = 0;

    /// <summary>Not done, or a followed run is Failed or Canceled.</summary>
    public const int Failure = 1;

    /// <summary>The command line or a setting can't be understood. Of validate and prepare that is a <see cref="Failure"/>: their 2 means findings.</summary>
    public const int Usage = 2;

    /// <summary>A dataset was read to its end, and a run would refuse it.</summary>
    public const int Findings = 2;
}
