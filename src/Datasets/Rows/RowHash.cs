using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>
/// A row's identity as two independent 64-bit numbers: the same for the same row wherever it stands. It is XXH128, which is fast and spreads well,
/// and is part of what a split is: its values are frozen by a test. It is no defence against somebody who makes collisions on purpose, who could as
/// well write the rows.
/// </summary>
/// <param name="Division">Decides between training and test when the source has no split files.</param>
/// <param name="Sample">Decides, with the seed, whether the row is sampled.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowHash(ulong Division, ulong Sample)
{
    /// <summary>Hashes a text after what was hashed before, which seeds it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="kind">Tells texts of different meaning apart.</param>
    public RowHash Then(ReadOnlySpan<byte> text, byte kind)
    {
        UInt128 hash = XxHash128.HashToUInt128(text, unchecked((long)(Division + kind)));
        return new RowHash((ulong)(hash >> 64), (ulong)hash ^ Sample);
    }

    /// <summary>Where the row stands between 0 and 100 when rows are divided.</summary>
    public double DivisionPercentile => Percentile(Division);

    /// <summary>Both numbers in one, to find the same row by.</summary>
    public ulong Key => Division ^ BitOperations.RotateLeft(Sample, 32);

    /// <summary>Where the row stands for a seed; seeds give independent numbers (SplitMix64's finaliser, Steele et al. 2014).</summary>
    public ulong Seeded(int seed) => Mix(Sample ^ Mix((uint)seed + 0x9E3779B97F4A7C15UL));

    /// <summary>Scales to 0 (inclusive) to 100 (exclusive).</summary>
    public static double Percentile(ulong hash) => (hash >> 11) * (100.0 / (1UL << 53));

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
