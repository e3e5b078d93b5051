using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FineTune.Simulator.Training;

/// <summary>
/// The one dense product that the network needs, on row-major single-precision matrices: C += A·B, with A optionally read as its transpose.
/// The order of additions is fixed, so the same inputs give the same bits on the same machine.
/// </summary>
internal static class Matrix
{
    // Rows of B that stay in the first-level cache while a block of C is summed.
    private const int DepthBlock = 256;

    /// <summary>Columns of C are summed two registers at a time; widths that are multiples of this have no slow rest.</summary>
    public static int ColumnGrain => 2 * Vector<float>.Count;

    /// <summary>C[rows × columns] += A[rows × depth] · B[depth × columns].</summary>
    public static void AddProduct(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int depth, int columns) =>
        AddProduct(a, depth, 1, b, c, rows, depth, columns);

    /// <summary>C[rows × columns] += Aᵀ · B[depth × columns], with A stored as [depth × rows].</summary>
    public static void AddTransposedProduct(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int rows, int depth, int columns) =>
        AddProduct(a, 1, rows, b, c, rows, depth, columns);

    private static void AddProduct(
        ReadOnlySpan<float> a, int rowStride, int depthStride, ReadOnlySpan<float> b, Span<float> c, int rows, int depth, int columns)
    {
        // The kernels below read and write without bounds checks; these three lines are their bounds check.
        a = a[..(rows * depth)];
        b = b[..(depth * columns)];
        c = c[..(rows * columns)];
        ref float a0 = ref MemoryMarshal.GetReference(a);
        ref float b0 = ref MemoryMarshal.GetReference(b);
        ref float c0 = ref MemoryMarshal.GetReference(c);
        int wide = columns - (columns % ColumnGrain);
        for (int start = 0; start < depth; start += DepthBlock)
        {
            int length = Math.Min(DepthBlock, depth - start);
            for (int row = 0; row < rows; row++)
            {
                bool four = row + 4 <= rows;
                ref float aBlock = ref Unsafe.Add(ref a0, (row * rowStride) + (start * depthStride));
                ref float bBlock = ref Unsafe.Add(ref b0, start * columns);
                ref float cRow = ref Unsafe.Add(ref c0, row * columns);
                for (int column = 0; column < wide; column += ColumnGrain)
                {
                    ref float bColumn = ref Unsafe.Add(ref bBlock, column);
                    ref float cColumn = ref Unsafe.Add(ref cRow, column);
                    if (four)
                    {
                        FourRows(ref aBlock, rowStride, depthStride, ref bColumn, ref cColumn, length, columns);
                    }
                    else
                    {
                        OneRow(ref aBlock, depthStride, ref bColumn, ref cColumn, length, columns);
                    }
                }

                int last = four ? row + 4 : row + 1;
                for (int r = row; wide < columns && r < last; r++)
                {
                    for (int column = wide; column < columns; column++)
                    {
                        float sum = c[(r * columns) + column];
                        for (int d = start; d < start + length; d++)
                        {
                            sum += a[(r * rowStride) + (d * depthStride)] * b[(d * columns) + column];
                        }

                        c[(r * columns) + column] = sum;
                    }
                }

                row = last - 1;
            }
        }
    }

    private static void FourRows(ref float a, int rowStride, int depthStride, ref float b, ref float c, int depth, int columns)
    {
        ref float c1 = ref Unsafe.Add(ref c, columns);
        ref float c2 = ref Unsafe.Add(ref c1, columns);
        ref float c3 = ref Unsafe.Add(ref c2, columns);
        nuint second = (nuint)Vector<float>.Count;
        Vector<float> c00 = Vector.LoadUnsafe(ref c), c01 = Vector.LoadUnsafe(ref c, second);
        Vector<float> c10 = Vector.LoadUnsafe(ref c1), c11 = Vector.LoadUnsafe(ref c1, second);
        Vector<float> c20 = Vector.LoadUnsafe(ref c2), c21 = Vector.LoadUnsafe(ref c2, second);
        Vector<float> c30 = Vector.LoadUnsafe(ref c3), c31 = Vector.LoadUnsafe(ref c3, second);
        ref float a1 = ref Unsafe.Add(ref a, rowStride);
        ref float a2 = ref Unsafe.Add(ref a1, rowStride);
        ref float a3 = ref Unsafe.Add(ref a2, rowStride);
        nint at = 0;
        nint bt = 0;
        for (int d = 0; d < depth; d++)
        {
            Vector<float> b0 = Vector.LoadUnsafe(ref Unsafe.Add(ref b, bt));
            Vector<float> b1 = Vector.LoadUnsafe(ref Unsafe.Add(ref b, bt), second);
            var x = new Vector<float>(Unsafe.Add(ref a, at));
            c00 = Vector.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector.MultiplyAddEstimate(x, b1, c01);
            x = new Vector<float>(Unsafe.Add(ref a1, at));
            c10 = Vector.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector.MultiplyAddEstimate(x, b1, c11);
            x = new Vector<float>(Unsafe.Add(ref a2, at));
            c20 = Vector.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector.MultiplyAddEstimate(x, b1, c21);
            x = new Vector<float>(Unsafe.Add(ref a3, at));
            c30 = Vector.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector.MultiplyAddEstimate(x, b1, c31);
            at += depthStride;
            bt += columns;
        }

        c00.StoreUnsafe(ref c);
        c01.StoreUnsafe(ref c, second);
        c10.StoreUnsafe(ref c1);
        c11.StoreUnsafe(ref c1, second);
        c20.StoreUnsafe(ref c2);
        c21.StoreUnsafe(ref c2, second);
        c30.StoreUnsafe(ref c3);
        c31.StoreUnsafe(ref c3, second);
    }

    private static void OneRow(ref float a, int depthStride, ref float b, ref float c, int depth, int columns)
    {
        nuint second = (nuint)Vector<float>.Count;
        Vector<float> c0 = Vector.LoadUnsafe(ref c), c1 = Vector.LoadUnsafe(ref c, second);
        nint at = 0;
        nint bt = 0;
        for (int d = 0; d < depth; d++)
        {
            var x = new Vector<float>(Unsafe.Add(ref a, at));
            c0 = Vector.MultiplyAddEstimate(x, Vector.LoadUnsafe(ref Unsafe.Add(ref b, bt)), c0);
            c1 = Vector.MultiplyAddEstimate(x, Vector.LoadUnsafe(ref Unsafe.Add(ref b, bt), second), c1);
            at += depthStride;
            bt += columns;
        }

        c0.StoreUnsafe(ref c);
        c1.StoreUnsafe(ref c, second);
    }
}
