using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>What is left of a row's <see cref="NearSketch"/> to find rows that say nearly the same by.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct NearKeys
{
    /// <summary>Whether there is text enough to compare.</summary>
    public readonly bool IsUsable;

    /// <summary>Four bits of each part, to compare two rows by.</summary>
    public readonly ulong Summary;

    /// <summary>Keys for four of the parts each: rows that share one are compared.</summary>
    public readonly BandKeys Bands;

    public NearKeys(NearSketch sketch)
    {
        IsUsable = sketch.IsUsable;
        if (IsUsable)
        {
            Summary = sketch.Summary();
            for (int band = 0; band < BandKeys.Count; band++)
            {
                Bands[band] = sketch.Band(band);
            }
        }
    }

    /// <summary>A key for each band.</summary>
    [InlineArray(Count)]
    internal struct BandKeys
    {
        public const int Count = 3;

        private ulong _first;
    }
}
