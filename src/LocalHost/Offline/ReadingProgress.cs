using System.Globalization;
using FineTune.LocalHost.Output;

namespace FineTune.LocalHost.Offline;

/// <summary>
/// Says how far the reading is, once it takes longer than two seconds: in one line that is written over on a terminal, otherwise as a line
/// every ten seconds.
/// </summary>
internal sealed class ReadingProgress : IProgress<long>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private readonly long _total;
    private readonly long _started;
    private readonly ITimer _timer;
    private long _bytes;
    private bool _ended;

    /// <param name="screen">Standard error.</param>
    /// <param name="time">The clock.</param>
    /// <param name="total">Bytes of all files; 0 when not known.</param>
    public ReadingProgress(Screen screen, TimeProvider time, long total)
    {
        _screen = screen;
        _time = time;
        _total = total;
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(_ => Show(), null, Patience, screen.IsTerminal ? TerminalInterval : PlainInterval);
    }

    /// <inheritdoc/>
    public void Report(long value) => Volatile.Write(ref _bytes, value);

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _timer.Dispose();
            _screen.ClearStatus();
        }
    }

    private void Show()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _screen.WriteStatus(Line(Volatile.Read(ref _bytes), _time.GetElapsedTime(_started).TotalSeconds));
            }
        }
    }

    private string Line(long bytes, double seconds)
    {
        if (_total > 0 && bytes >= _total)
        {
            return $"100 % of {ByteText.Of(_total)} read; the last rows are being checked";
        }

        string share = _total > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100 * bytes / _total,3} %  ") : "";
        string total = _total > 0 ? $" of {ByteText.Of(_total)}" : "";
        return $"{share}{ByteText.Of(bytes)}{total}, {ByteText.Of((long)(bytes / seconds))}/s";
    }
}
