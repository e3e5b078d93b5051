using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace FineTune.Datasets.Rows;

/// <summary>
/// 128 bits that stand for a text, made of 64×64-bit multiplications (the construction of wyhash). It is fast and spreads well, and is part of what
/// a split is: its values are frozen by a test. It is no defence against somebody who makes collisions on purpose, who could as well write the rows.
/// </summary>
internal static class ContentHash
{
    private const ulong K0 = 0xA0761D6478BD642FUL;
    private const ulong K1 = 0xE7037ED1A0B428DBUL;
    private const ulong K2 = 0x8EBC6AF09C88C6E3UL;
    private const ulong K3 = 0x589965CC75374CC3UL;

    /// <summary>Hashes a text after what was hashed before.</summary>
    /// <param name="text">The text.</param>
    /// <param name="kind">Tells texts of different meaning apart.</param>
    /// <param name="before">The hash so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static RowHash Append(ReadOnlySpan<byte> text, byte kind, RowHash before)
    {
        // The length stands in the seeds, so that no two lists of texts make the same chain.
        ulong a = before.Division ^ Fold((ulong)text.Length ^ K0, kind + K1);
        ulong b = before.Sample ^ Fold((ulong)text.Length ^ K2, kind + K3);
        ReadOnlySpan<byte> rest = text;
        while (rest.Length >= 32)
        {
            a = Fold(Word(rest) ^ K0, Word(rest[8..]) ^ a);
            b = Fold(Word(rest[16..]) ^ K1, Word(rest[24..]) ^ b);
            rest = rest[32..];
        }

        if (!rest.IsEmpty)
        {
            Span<byte> last = stackalloc byte[32];
            last.Clear();
            rest.CopyTo(last);
            a = Fold(Word(last) ^ K2, Word(last[8..]) ^ a);
            b = Fold(Word(last[16..]) ^ K3, Word(last[24..]) ^ b);
        }

        return new RowHash(Fold(a ^ K2, b ^ K1) ^ a, Fold(b ^ K3, a ^ K0) ^ b);
    }

    /// <summary>Multiplies to 128 bits and folds the halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong left, ulong right)
    {
        // Two multiplications, because the one that gives both halves passes the low one through memory.
        ulong high = Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(left, right) : Math.BigMul(left, right, out _);
        return high ^ (left * right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
