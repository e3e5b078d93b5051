using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FineTune.Datasets.Rows;

/// <summary>
/// A row's sketch: the smallest hash in each of 16 parts of the hash space, of its grams (MinHash with one permutation; Li, Owen, Zhang 2012).
/// Two rows have as many equal smallest hashes as they have grams in common.
/// </summary>
internal sealed class NearSketch
{
    /// <summary>Parts of the hash space.</summary>
    public const int Parts = 16;

    /// <summary>With fewer grams (about 600 bytes of text) parts stay empty, and the sketch says little.</summary>
    private const int MinGrams = 24;

    private readonly ulong[] _smallest = new ulong[Parts];

    /// <summary>Grams added since the last <see cref="Clear"/>.</summary>
    public int Grams { get; private set; }

    /// <summary>Whether there is text enough to compare.</summary>
    public bool IsUsable => Grams >= MinGrams;

    public void Clear()
    {
        Grams = 0;
        _smallest.AsSpan().Fill(ulong.MaxValue);
    }

    /// <summary>Adds the grams of <see cref="TextMeasure.GramBytes"/> that begin at these places, which ascend; case does not count.</summary>
    /// <returns>How many there were: those at the end of the text are too short.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int AddAll(ReadOnlySpan<byte> text, ReadOnlySpan<int> anchors)
    {
        const ulong LowerCase = 0x2020202020202020;
        ref ulong parts = ref MemoryMarshal.GetArrayDataReference(_smallest);
        ref byte start = ref MemoryMarshal.GetReference(text);
        int last = text.Length - TextMeasure.GramBytes;
        int grams = 0;
        foreach (int anchor in anchors)
        {
            if (anchor > last)
            {
                break;
            }

            ulong first = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, anchor)) | LowerCase;
            ulong second = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, anchor + sizeof(ulong))) | LowerCase;
            ulong hash = Fold(first ^ 0xA0761D6478BD642FUL, second ^ 0xE7037ED1A0B428DBUL);
            ref ulong smallest = ref Unsafe.Add(ref parts, (int)(hash >> 60));

            // Whether it is smaller is as good as random: no branch to predict.
            ulong isSmaller = hash < smallest ? 1UL : 0;
            smallest ^= (smallest ^ hash) & (0 - isSmaller);
            grams++;
        }

        Grams += grams;
        return grams;
    }

    /// <summary>A key for four of the sixteen parts: rows that share it are compared.</summary>
    public ulong Band(int band)
    {
        ReadOnlySpan<ulong> parts = _smallest.AsSpan(band * 4, 4);
        return Fold(Fold(parts[0] ^ (ulong)band, parts[1] + 0x9E3779B97F4A7C15UL), Fold(parts[2], parts[3] ^ 0x8EBC6AF09C88C6E3UL));
    }

    /// <summary>Four bits of each part, to compare two rows by.</summary>
    public ulong Summary()
    {
        ulong summary = 0;
        foreach (ulong smallest in _smallest)
        {
            summary = (summary << 4) | ((smallest * 0x9E3779B97F4A7C15UL) >> 60);
        }

        return summary;
    }

    /// <summary>Multiplies to 128 bits and folds the halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong left, ulong right)
    {
        // Two multiplications, because the one that gives both halves passes the low one through memory.
        ulong high = Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(left, right) : Math.BigMul(left, right, out _);
        return high ^ (left * right);
    }
}
