namespace FineTune.Infra.Tests;

/// <summary>A piece of Bicep.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As it is written; a string without its quotes.</param>
/// <param name="Line">From 1.</param>
/// <param name="Depth">How many brackets are open around it.</param>
/// <param name="FirstOnLine">Whether nothing but white space stands before it.</param>
internal sealed record BicepToken(BicepTokenKind Kind, string Text, int Line, int Depth, bool FirstOnLine)
{
    /// <summary>What stands in a string's <c>${…}</c>.</summary>
    public IReadOnlyList<BicepToken> Inner { get; init; } = [];

    public bool Is(char punctuation) => Kind == BicepTokenKind.Punctuation && Text[0] == punctuation;
}
