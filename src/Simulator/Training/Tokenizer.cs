using System.Runtime.InteropServices;
using System.Text;

namespace FineTune.Simulator.Training;

/// <summary>
/// Byte-pair encoding over UTF-8 (Sennrich et al. 2016, on bytes as in GPT-2), learnt from the training rows: any text can be encoded,
/// and decoding what was encoded gives it back. Tokens are, in this order: the markers, the 256 bytes, the merges.
/// </summary>
internal sealed class Tokenizer
{
    /// <summary>Stands before the first token of a conversation.</summary>
    public const int Padding = 0;

    /// <summary>Ends a turn.</summary>
    public const int EndOfTurn = 1;

    /// <summary>The markers are the tokens below this: padding, end of turn and one for each role.</summary>
    public const int MarkerCount = 5;

    private const int FirstMerge = MarkerCount + 256;
    private const int MaxWordsLearntFrom = 8192;

    private static readonly string[] Roles = ["system", "user", "assistant"];

    private readonly (ushort Left, ushort Right)[] _merges;
    private readonly byte[][] _bytes;
    private readonly Dictionary<int, ushort> _mergeOf;
    private readonly Dictionary<string, ushort[]> _wordCache = new(StringComparer.Ordinal);

    /// <summary>Rebuilds a tokenizer from its merges.</summary>
    /// <param name="merges">In the order learnt; each joins two tokens that exist before it.</param>
    /// <exception cref="InvalidDataException">A merge refers to a marker or to a token that is not there yet.</exception>
    public Tokenizer(IReadOnlyList<(ushort Left, ushort Right)> merges)
    {
        _merges = [.. merges];
        _bytes = new byte[VocabularySize][];
        _mergeOf = new Dictionary<int, ushort>(_merges.Length);
        Array.Fill(_bytes, [], 0, MarkerCount);
        for (int value = 0; value < 256; value++)
        {
            _bytes[MarkerCount + value] = [(byte)value];
        }

        for (int i = 0; i < _merges.Length; i++)
        {
            (ushort left, ushort right) = _merges[i];
            int token = FirstMerge + i;
            if (left < MarkerCount || right < MarkerCount || left >= token || right >= token || !_mergeOf.TryAdd(Pair(left, right), (ushort)token))
            {
                throw new InvalidDataException($"Merge {i} of the tokenizer joins tokens {left} and {right}, which is not possible there.");
            }

            _bytes[token] = [.. _bytes[left], .. _bytes[right]];
        }
    }

    /// <summary>Markers, bytes and merges.</summary>
    public int VocabularySize => FirstMerge + _merges.Length;

    /// <summary>In the order learnt.</summary>
    public ReadOnlySpan<(ushort Left, ushort Right)> Merges => _merges;

    /// <summary>Whether conversations may contain the role.</summary>
    public static bool IsRole(string role) => Array.IndexOf(Roles, role) >= 0;

    /// <summary>The marker that opens a turn of the role.</summary>
    public static ushort RoleMarker(string role)
    {
        int index = Array.IndexOf(Roles, role);
        return index >= 0
            ? (ushort)(EndOfTurn + 1 + index)
            : throw new ArgumentException($"\"{role}\" is no role of a chat message; use system, user or assistant.", nameof(role));
    }

    /// <summary>Learns the merges that shorten the texts most, until the vocabulary is full or no pair of tokens occurs twice.</summary>
    public static Tokenizer Learn(IEnumerable<string> texts, int vocabularySize, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts)
        {
            for (int start = 0; start < text.Length;)
            {
                int end = WordEnd(text, start);
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, text.AsSpan(start, end - start), out _)++;
                start = end;
            }
        }

        (ushort[] Tokens, int Count)[] words = [.. counts
            .OrderByDescending(word => word.Value)
            .ThenBy(word => word.Key, StringComparer.Ordinal)
            .Take(MaxWordsLearntFrom)
            .Select(word => (ByteTokens(word.Key), word.Value))];
        return new Tokenizer(LearnMerges(words, vocabularySize - FirstMerge, cancellationToken));
    }

    /// <summary>Appends the text's tokens.</summary>
    public void Encode(string text, List<ushort> tokens)
    {
        Dictionary<string, ushort[]>.AlternateLookup<ReadOnlySpan<char>> cache = _wordCache.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int start = 0; start < text.Length;)
        {
            int end = WordEnd(text, start);
            ReadOnlySpan<char> word = text.AsSpan(start, end - start);
            if (!cache.TryGetValue(word, out ushort[]? encoded))
            {
                encoded = EncodeWord(word.ToString());
                if (_wordCache.Count < MaxWordsLearntFrom)
                {
                    cache[word] = encoded;
                }
            }

            tokens.AddRange(encoded);
            start = end;
        }
    }

    /// <summary>The text of the tokens; markers have none, and bytes that are no UTF-8 become U+FFFD.</summary>
    public string Decode(ReadOnlySpan<ushort> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (ushort token in tokens)
        {
            bytes.AddRange(_bytes[token]);
        }

        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    // A word is a run of letters, of digits, of other signs or of white space; the first three take one blank before them along.
    private static int WordEnd(string text, int start)
    {
        int at = start;
        if (text[at] == ' ' && at + 1 < text.Length && !char.IsWhiteSpace(text[at + 1]))
        {
            at++;
        }

        int kind = Kind(text[at]);
        do
        {
            at++;
        }
        while (at < text.Length && Kind(text[at]) == kind && at - start < 64);

        // Never between the halves of a surrogate pair, and a blank before a word stays with the word.
        if (at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]))
        {
            at++;
        }

        return at < text.Length && at - start > 1 && text[at - 1] == ' ' ? at - 1 : at;

        static int Kind(char c) => char.IsWhiteSpace(c) ? 0 : char.IsDigit(c) ? 1 : char.IsLetter(c) || c == '\'' || char.IsSurrogate(c) ? 2 : 3;
    }

    private static ushort[] ByteTokens(string word) => Array.ConvertAll(Encoding.UTF8.GetBytes(word), value => (ushort)(MarkerCount + value));

    private static List<(ushort Left, ushort Right)> LearnMerges((ushort[] Tokens, int Count)[] words, int count, CancellationToken cancellationToken)
    {
        var merges = new List<(ushort, ushort)>(count);
        var pairCounts = new Dictionary<int, int>();
        var wordsOfPair = new Dictionary<int, HashSet<int>>();
        for (int w = 0; w < words.Length; w++)
        {
            CountPairs(w, 1);
        }

        while (merges.Count < count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int best = -1;
            int bestCount = 1;
            foreach ((int pair, int pairCount) in pairCounts)
            {
                // Ties go to the lower pair, so that the order of the dictionary does not matter.
                if (pairCount > bestCount || (pairCount == bestCount && pair < best))
                {
                    (best, bestCount) = (pair, pairCount);
                }
            }

            if (best < 0)
            {
                break;
            }

            ushort merged = (ushort)(FirstMerge + merges.Count);
            merges.Add(((ushort)(best >> 16), (ushort)best));
            int[] touched = [.. wordsOfPair[best].Order()];
            foreach (int w in touched)
            {
                CountPairs(w, -1);
                words[w].Tokens = Merge(words[w].Tokens, best, merged);
                CountPairs(w, 1);
            }
        }

        return merges;

        void CountPairs(int w, int sign)
        {
            (ushort[] tokens, int wordCount) = words[w];
            for (int i = 0; i + 1 < tokens.Length; i++)
            {
                int pair = Pair(tokens[i], tokens[i + 1]);
                ref int total = ref CollectionsMarshal.GetValueRefOrAddDefault(pairCounts, pair, out _);
                total += sign * wordCount;
                if (total == 0)
                {
                    pairCounts.Remove(pair);
                }

                ref HashSet<int>? at = ref CollectionsMarshal.GetValueRefOrAddDefault(wordsOfPair, pair, out _);
                at ??= [];
                _ = sign > 0 ? at.Add(w) : at.Remove(w);
                if (at.Count == 0)
                {
                    wordsOfPair.Remove(pair);
                }
            }
        }
    }

    // Applies the merges in the order learnt, as when they were learnt.
    private ushort[] EncodeWord(string word)
    {
        ushort[] tokens = ByteTokens(word);
        while (true)
        {
            int best = int.MaxValue;
            int bestPair = 0;
            for (int i = 0; i + 1 < tokens.Length; i++)
            {
                int pair = Pair(tokens[i], tokens[i + 1]);
                if (_mergeOf.TryGetValue(pair, out ushort merged) && merged < best)
                {
                    (best, bestPair) = (merged, pair);
                }
            }

            if (best == int.MaxValue)
            {
                return tokens;
            }

            tokens = Merge(tokens, bestPair, (ushort)best);
        }
    }

    private static ushort[] Merge(ushort[] tokens, int pair, ushort merged)
    {
        var result = new List<ushort>(tokens.Length);
        for (int i = 0; i < tokens.Length; i++)
        {
            if (i + 1 < tokens.Length && Pair(tokens[i], tokens[i + 1]) == pair)
            {
                result.Add(merged);
                i++;
            }
            else
            {
                result.Add(tokens[i]);
            }
        }

        return [.. result];
    }

    private static int Pair(ushort left, ushort right) => (left << 16) | right;
}
