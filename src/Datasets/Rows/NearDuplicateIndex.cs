using System.Numerics;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Finds rows that say nearly the same as an earlier one: rows that share four of their sixteen smallest hashes are compared, and those that share
/// thirteen are taken to be alike, which is about 80 % of their grams.
/// </summary>
internal sealed class NearDuplicateIndex(long expectedRows, int maxRows)
{
    private const int Bands = NearKeys.BandKeys.Count;
    private const int AlikeParts = 13;

    private readonly DuplicateIndex _bands = new(Math.Min(expectedRows, maxRows) * Bands * 4 / 3, (int)BitOperations.RoundUpToPowerOf2((uint)maxRows * Bands * 4 / 3));
    // Room from the start costs no memory until it is used; growing would hold old and new.
    private readonly List<ulong> _summaries = new((int)Math.Min(expectedRows, maxRows));
    private readonly List<uint> _rows = new((int)Math.Min(expectedRows, maxRows));

    /// <summary>Whether rows were left out for want of room.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Starts to load what <see cref="Find"/> will need.</summary>
    public void Prefetch(in NearKeys keys, ulong group)
    {
        foreach (ulong band in keys.Bands)
        {
            _bands.Prefetch(band ^ group);
        }
    }

    /// <summary>Finds a row that is nearly the same, and remembers this one.</summary>
    /// <returns>Whether there was one; then <paramref name="row"/> is the earlier one.</returns>
    public bool Find(in NearKeys keys, ulong group, ref uint row)
    {
        bool isKnown = _summaries.Count >= maxRows;
        IsFull |= isKnown;
        uint own = (uint)_summaries.Count;
        int alike = -1;
        for (int band = 0; band < Bands; band++)
        {
            uint candidate = own;
            bool found = isKnown
                ? _bands.Contains(keys.Bands[band] ^ group, out candidate)
                : _bands.Find(keys.Bands[band] ^ group, ref candidate);
            if (found && alike < 0 && candidate != own && EqualParts(keys.Summary, _summaries[(int)candidate]) >= AlikeParts)
            {
                alike = (int)candidate;
            }
        }

        if (!isKnown)
        {
            _summaries.Add(keys.Summary);
            _rows.Add(row);
        }

        if (alike < 0)
        {
            return false;
        }

        row = _rows[alike];
        return true;
    }

    private static int EqualParts(ulong left, ulong right)
    {
        // A part is equal where none of its four bits differ.
        ulong different = left ^ right;
        different |= different >> 1;
        different |= different >> 2;
        return NearSketch.Parts - BitOperations.PopCount(different & 0x1111111111111111UL);
    }
}
