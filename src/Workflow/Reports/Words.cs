using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Reports;

/// <summary>How the report says states, times and numbers: the same on every machine.</summary>
internal static class Words
{
    /// <summary>A state in words: <c>PreparingDataset</c> is "Preparing dataset".</summary>
    public static string State(RunState state) => string.Concat(
        state.ToString().Select((letter, at) => at > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));

    /// <summary>A moment, to the second, in UTC.</summary>
    public static Html Moment(DateTimeOffset moment) => Html.Of(
        $"""<time datetime="{Utc(moment, "yyyy-MM-dd'T'HH:mm:ss'Z'")}">{Utc(moment, "yyyy-MM-dd HH:mm:ss 'UTC'")}</time>""");

    /// <summary>A moment's time of day in UTC.</summary>
    public static string Clock(DateTimeOffset moment) => Utc(moment, "HH:mm:ss");

    /// <summary>A duration in its two largest units.</summary>
    public static string Duration(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 10 } => Text($"{Math.Floor(duration.TotalSeconds * 10) / 10:0.#} s"),
        { TotalSeconds: < 60 } => Text($"{Math.Floor(duration.TotalSeconds)} s"),
        { TotalHours: < 1 } => Pair(duration.Minutes, "min", duration.Seconds, "s"),
        { TotalDays: < 1 } => Pair(duration.Hours, "h", duration.Minutes, "min"),
        _ => Pair(duration.Days, "d", duration.Hours, "h"),
    };

    /// <summary>A measured value, with about as many digits as mean something. NaN and the infinities are named.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 1e-3 or >= 1e6 and <= double.MaxValue => Text($"{value:0.###e0}"),
        < 0.1 => Text($"{value:0.######}"),
        < 100 => Text($"{value:0.####}"),
        <= double.MaxValue => Text($"{value:#,0.##}"),
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A latency in seconds, to the hundredth as the timeline says it.</summary>
    public static string Seconds(double value) => Text($"{value:0.00}");

    /// <summary>A count with its noun in the right number.</summary>
    public static string Count(int count, string noun) => Text($"{count:N0} {noun}{(count == 1 ? "" : "s")}");

    private static string Pair(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? Text($"{large} {largeUnit}") : Text($"{large} {largeUnit} {small} {smallUnit}");

    private static string Utc(DateTimeOffset moment, string format) => moment.UtcDateTime.ToString(format, CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
