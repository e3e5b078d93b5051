using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Output;

/// <summary>Where a row comes from and what statistics need of it. Kept on disk where rows may be cut off at the end.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct RowRecord(long Line, long Characters, long Tokens, int File, int Turns, int System, int User, int Assistant)
{
    public RowRecord(int file, long line, in RowFacts facts)
        : this(line, facts.Characters, facts.Tokens, file, facts.Turns, facts.SystemTurns, facts.UserTurns, facts.AssistantTurns)
    {
    }
}
