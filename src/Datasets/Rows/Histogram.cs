using System.Numerics;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>Counts values in buckets that are at most 1/128 of their value wide, and one wide below 256.</summary>
internal sealed class Histogram
{
    private const int SubBuckets = 128;
    private const int MaxBars = 24;

    private long[] _counts = new long[4 * SubBuckets];
    private long _rows;
    private long _min = long.MaxValue;
    private long _max;

    /// <summary>The sum of all values.</summary>
    public long Sum { get; private set; }

    /// <summary>Adds a value that is not negative.</summary>
    public void Add(long value)
    {
        int bucket = Bucket(value);
        if (bucket >= _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(_counts.Length * 2, bucket + 1));
        }

        _counts[bucket]++;
        _rows++;
        Sum += value;
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
    }

    /// <summary>What is known of all values.</summary>
    public ValueDistribution Distribution()
    {
        if (_rows == 0)
        {
            return new ValueDistribution(0, 0, 0, 0, 0, 0);
        }

        return new ValueDistribution(_min, Quantile(0.05), Quantile(0.5), Math.Round((double)Sum / _rows, 3), Quantile(0.95), _max) { Bins = Bars() };
    }

    /// <summary>The smallest value that so many of the values do not exceed, in the middle of its bucket.</summary>
    private long Quantile(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(share * _rows));
        int bucket = 0;
        for (long seen = _counts[0]; seen < rank; seen += _counts[bucket])
        {
            bucket++;
        }

        return Math.Clamp((From(bucket) + From(bucket + 1) - 1) / 2, _min, _max);
    }

    /// <summary>Bars of one width, the last of which takes the long tail.</summary>
    private List<HistogramBin> Bars()
    {
        long tail = Quantile(0.95);
        long end = Math.Min(_max, Math.Max(tail + ((tail - _min) / 4), _min + 1));
        long width = Math.Max(1, (end - _min + MaxBars) / MaxBars);
        int bars = (int)Math.Min(MaxBars, ((end - _min) / width) + 1);
        long[] rows = new long[bars];
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            if (_counts[bucket] > 0)
            {
                long middle = Math.Clamp((From(bucket) + From(bucket + 1) - 1) / 2, _min, _max);
                rows[Math.Min(bars - 1, (middle - _min) / width)] += _counts[bucket];
            }
        }

        return [.. rows.Select((count, bar) => new HistogramBin(_min + (bar * width), bar == bars - 1 ? Math.Max(_max, _min + (bar * width)) : _min + ((bar + 1) * width) - 1, count))];
    }

    private static int Bucket(long value)
    {
        int octave = value < 2 * SubBuckets ? 0 : BitOperations.Log2((ulong)value) - BitOperations.Log2(SubBuckets);
        return (octave * SubBuckets) + (int)(value >> octave);
    }

    private static long From(int bucket)
    {
        int octave = bucket < 2 * SubBuckets ? 0 : (bucket / SubBuckets) - 1;
        return (long)(bucket - (octave * SubBuckets)) << octave;
    }
}
