namespace FineTune.Datasets;

/// <summary>Passes bytes read on, four times a second at most.</summary>
internal sealed class ReadProgress(IProgress<long>? progress, TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private long _lastReport = timeProvider.GetTimestamp();
    private long _endedFiles;

    /// <summary>Tells of bytes read from the file at hand.</summary>
    public void Report(long bytes)
    {
        if (progress is not null && timeProvider.GetElapsedTime(_lastReport) >= Interval)
        {
            _lastReport = timeProvider.GetTimestamp();
            progress.Report(_endedFiles + bytes);
        }
    }

    /// <summary>Ends a file; the next one's bytes come on top.</summary>
    public void EndFile(long bytes)
    {
        _endedFiles += bytes;
        Report(0);
    }

    /// <summary>Tells the sum, whenever the last report was.</summary>
    public void End() => progress?.Report(_endedFiles);
}
