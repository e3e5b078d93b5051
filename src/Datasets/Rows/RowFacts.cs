using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>What statistics need to know of a row.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowFacts(int Turns, long Characters, long Tokens, int SystemTurns, int UserTurns, int AssistantTurns);
