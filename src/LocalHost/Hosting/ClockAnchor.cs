namespace FineTune.LocalHost.Hosting;

/// <summary>What <c>clock.json</c> keeps: a moment of the host's clock and how fast it goes from there.</summary>
/// <param name="Real">A real moment. UTC.</param>
/// <param name="Virtual">What the host's clock showed at that moment. UTC.</param>
/// <param name="Speed">Seconds of the host's clock in a real second.</param>
internal sealed record ClockAnchor(DateTimeOffset Real, DateTimeOffset Virtual, double Speed)
{
    /// <summary>What the clock shows at a real moment.</summary>
    public DateTimeOffset At(DateTimeOffset real) => Virtual + ((real - Real) * Speed);
}
