namespace FineTune.Simulator.Training;

/// <summary>
/// SplitMix64: a seeded sequence whose numbers are fixed by its published definition, where <see cref="Random"/> leaves them to the runtime.
/// Initial weights, row order and drawn tokens come from it, so that a seed means the same everywhere.
/// </summary>
internal sealed class RandomSource(long seed)
{
    private ulong _state = unchecked((ulong)seed);

    /// <summary>64 uniform bits.</summary>
    public ulong NextBits()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="exclusive"/>).</summary>
    public int Next(int exclusive) => (int)Math.BigMul(NextBits(), (ulong)exclusive, out _);

    /// <summary>Fisher–Yates.</summary>
    public void Shuffle(Span<int> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
