using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>What statistics need to know of a row.</summary>
/// <param name="Turns">Messages.</param>
/// <param name="Characters">Unicode code points of all texts.</param>
/// <param name="Tokens">Tokens with those of the chat template, counted or estimated.</param>
/// <param name="Estimated">What the estimate says of a row whose tokens were counted; null when <paramref name="Tokens"/> is the estimate.</param>
/// <param name="SystemTurns">Messages of the system.</param>
/// <param name="UserTurns">Messages of the user.</param>
/// <param name="AssistantTurns">Messages of the assistant.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowFacts(int Turns, long Characters, long Tokens, long? Estimated, int SystemTurns, int UserTurns, int AssistantTurns);
