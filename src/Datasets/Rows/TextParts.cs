namespace FineTune.Datasets.Rows;

/// <summary>
/// Cuts a text into parts whose tokens add up to those of the text. A tokenizer's time grows with the square of the longest stretch that it does not
/// divide into words: a hundred thousand spaces take it ten seconds.
/// </summary>
internal static class TextParts
{
    private const int MaxCharacters = 1000;

    /// <summary>How long the first part is.</summary>
    /// <param name="text">A text, not empty.</param>
    /// <returns>
    /// UTF-16 units of it, 1,000 at most. It ends before a space that follows something else than white space, which both vocabularies begin a word with;
    /// where there is none, anywhere: that may add a token, one in a thousand characters.
    /// </returns>
    public static int First(ReadOnlySpan<char> text)
    {
        if (text.Length <= MaxCharacters)
        {
            return text.Length;
        }

        for (int at = MaxCharacters; at > 0; at--)
        {
            if (text[at] == ' ' && !char.IsWhiteSpace(text[at - 1]))
            {
                return at;
            }
        }

        return char.IsHighSurrogate(text[MaxCharacters - 1]) ? MaxCharacters - 1 : MaxCharacters;
    }
}
