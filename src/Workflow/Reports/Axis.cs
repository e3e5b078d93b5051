using System.Globalization;

namespace FineTune.Workflow.Reports;

/// <summary>One axis of a chart: its range and round numbers along it.</summary>
internal sealed class Axis
{
    private readonly double _low;
    private readonly double _high;
    private readonly double _step;

    private Axis(double low, double high, double step) => (_low, _high, _step) = (low, high, step);

    /// <summary>The axis of steps: from the first to the last, in whole numbers.</summary>
    public static Axis OfSteps(double min, double max)
    {
        (min, max) = Widen(min, max, leastRoom: 1);
        return new Axis(min, max, Math.Max(1, RoundStep(max - min)));
    }

    /// <summary>The axis of values: widened to round numbers.</summary>
    public static Axis OfValues(double min, double max)
    {
        (min, max) = Widen(Drawable(min), Drawable(max), leastRoom: 0);
        double step = RoundStep(max - min);
        return new Axis(Math.Floor((min / step) + 1e-9) * step, Math.Ceiling((max / step) - 1e-9) * step, step);
    }

    /// <summary>Where a value is, as a part of the axis' length: 0 to 1.</summary>
    public double Share(double value) => Math.Clamp((Drawable(value) - _low) / (_high - _low), 0, 1);

    /// <summary>Round numbers along the axis and their labels.</summary>
    public IEnumerable<(double Share, string Label)> Ticks()
    {
        double largest = Math.Max(Math.Abs(_low), Math.Abs(_high));
        string format = largest is >= 1e6 or < 1e-3
            ? $"0.{new string('#', Digits(largest / _step))}e0"
            : $"N{Digits(1 / _step)}";
        for (double at = Math.Ceiling((_low / _step) - 1e-9); at * _step <= _high + (_step * 1e-9); at++)
        {
            double value = at * _step;
            yield return (Share(value), value == 0 ? "0" : value.ToString(format, CultureInfo.InvariantCulture));
        }
    }

    // Keeps differences of two values finite and their logarithms meaningful.
    private static double Drawable(double value) => Math.Abs(value) < 1e-100 ? 0 : Math.Clamp(value, -1e100, 1e100);

    // One value, or values that differ only in their last bits, get room around them.
    private static (double Min, double Max) Widen(double min, double max, double leastRoom)
    {
        double largest = Math.Max(Math.Abs(min), Math.Abs(max));
        if (max - min > largest * 1e-9)
        {
            return (min, max);
        }

        double room = Math.Max(leastRoom, largest == 0 ? 1 : largest * 0.1);
        return (min - room, max + room);
    }

    // 1, 2 or 5 times a power of ten: about four of them in the range.
    private static double RoundStep(double range)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(range / 4)));
        return power * (range / 4 / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
    }

    private static int Digits(double ratio) => Math.Clamp((int)Math.Ceiling(Math.Log10(ratio) - 1e-9), 0, 12);
}
