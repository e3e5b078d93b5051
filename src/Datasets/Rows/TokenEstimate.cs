namespace FineTune.Datasets.Rows;

/// <summary>
/// Estimates how many tokens a text is, from counts that cost next to nothing. The weights were fitted to o200k_base, the vocabulary
/// that Phi-4-mini's is derived from; docs/dataset-rules.md says on what, and how far off it is.
/// </summary>
internal static class TokenEstimate
{
    /// <summary>Marks that a chat template puts around a message, where the template is not known.</summary>
    public const int TokensPerMessage = 4;

    /// <summary>How the report describes it.</summary>
    public const string Method = "estimate from words, digits, marks and line ends, fitted to o200k_base";

    /// <summary>Difference to o200k_base over all tokens of 99 held-out English chats, in percent; docs/dataset-rules.md has it for single rows and other languages.</summary>
    public const double ErrorPercent = 1;

    /// <summary>Estimates the tokens of texts, without any template's.</summary>
    public static double Of(in TextCounts counts)
    {
        long beyondAscii = counts.HighBytes - counts.Continuations;
        long ofThreeBytes = Math.Max(0, counts.Continuations - beyondAscii);
        long ofTwoBytes = Math.Max(0, beyondAscii - ofThreeBytes);
        return (0.823 * counts.Words) + (0.037 * counts.Letters) + (0.872 * counts.Digits) + (0.903 * counts.MarkRuns) + (0.177 * (counts.Marks - counts.MarkRuns))
            + (1.244 * counts.LineFeeds) + (0.154 * ofTwoBytes) + (0.551 * ofThreeBytes);
    }
}
