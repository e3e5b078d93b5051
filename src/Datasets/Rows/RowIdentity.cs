using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>What a usable row is known by.</summary>
/// <param name="content">Its roles and contents: duplicates have the same.</param>
/// <param name="row">What decides its split: its <c>prompt_id</c> or, without one, its content.</param>
/// <param name="near">What rows that say nearly the same are found by.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly struct RowIdentity(RowHash content, RowHash row, NearKeys near)
{
    public readonly RowHash Content = content;
    public readonly RowHash Row = row;
    public readonly NearKeys Near = near;
}
