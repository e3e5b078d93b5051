namespace FineTune.Infra.Tests;

internal enum BicepTokenKind
{
    Identifier,
    String,
    Number,
    Punctuation,
}
