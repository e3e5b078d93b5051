using System.Buffers;
using System.Text;
using FineTune.Workflow.Contracts;
using Microsoft.ML.Tokenizers;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Says how many tokens a row is: counted with the model's own vocabulary where that is at hand, estimated otherwise. Counting takes some forty times as
/// long as everything else, so of a large dataset only a sample is counted, by which the estimate's error is known.
/// Rows may be counted at the same time; they are taken one after the other.
/// </summary>
/// <param name="options">Whose vocabulary it is.</param>
/// <param name="bytes">Bytes of the dataset's files.</param>
internal sealed class TokenCounter(DatasetOptions options, long bytes)
{
    /// <summary>Every row of so many bytes is counted: some seconds of one core.</summary>
    private const long MaxCountedBytes = 32_000_000;

    /// <summary>Of larger datasets, rows of about so many bytes.</summary>
    private const long SampleBytes = 4_000_000;

    private readonly ModelVocabulary? _vocabulary = ModelVocabulary.Of(options.Model);
    private readonly double _percent = bytes <= MaxCountedBytes ? 100 : 100.0 * SampleBytes / bytes;
    private long _countedRows;
    private long _counted;
    private long _estimated;
    private bool _isEstimate;

    /// <summary>Counts or estimates a row's tokens, with those of the chat template.</summary>
    /// <param name="conversation">The row.</param>
    /// <param name="counts">What its texts count together.</param>
    /// <returns>The tokens and, if they were counted, what the estimate says.</returns>
    public (long Tokens, long? Estimated) Count(Conversation conversation, in TextCounts counts)
    {
        long ofTemplate = _vocabulary is null
            ? (long)TokenEstimate.TokensPerMessage * conversation.Count
            : ((long)_vocabulary.TokensPerMessage * conversation.Count) + _vocabulary.TokensPerRow;
        long estimate = (long)Math.Round(TokenEstimate.Of(in counts)) + ofTemplate;
        if (_vocabulary is null || !IsInSample(conversation))
        {
            return (estimate, null);
        }

        long tokens = ofTemplate;
        foreach (ref readonly Turn turn in conversation.Turns)
        {
            tokens += Count(conversation.Text(in turn), _vocabulary.Tokenizer);
        }

        return (tokens, estimate);
    }

    /// <summary>Notes a usable row.</summary>
    public void Take(in RowFacts facts)
    {
        if (facts.Estimated is { } estimated)
        {
            _countedRows++;
            _counted += facts.Tokens;
            _estimated += estimated;
        }
        else
        {
            _isEstimate = true;
        }
    }

    /// <summary>How the tokens of the rows that were taken are known.</summary>
    public TokenReport Report()
    {
        string template = _vocabulary switch
        {
            null => $"{TokenEstimate.TokensPerMessage} tokens for each message",
            { TokensPerRow: 0 } => $"{_vocabulary.TokensPerMessage} for each message",
            _ => $"{_vocabulary.TokensPerMessage} for each message and {_vocabulary.TokensPerRow} for each row",
        };
        bool isEstimate = _isEstimate || _vocabulary is null;
        return new TokenReport
        {
            Method = isEstimate ? $"{TokenEstimate.Method}, plus {template}" : $"counted with {_vocabulary!.Encoding}, the model's vocabulary, plus {template}",
            IsEstimate = isEstimate,
            ErrorPercent = !isEstimate ? null : _counted == 0 ? TokenEstimate.ErrorPercent : Math.Round(100.0 * Math.Abs(_estimated - _counted) / _counted, 2),
            CountedRows = _vocabulary is null ? null : _countedRows,
        };
    }

    /// <summary>By the last message: the same rows wherever they stand, and the first one may be the same in all of them.</summary>
    private bool IsInSample(Conversation conversation) =>
        _percent >= 100 || (conversation.Count > 0 && default(RowHash).Then(conversation.Text(in conversation.Turns[^1]), 0).DivisionPercentile < _percent);

    private static long Count(ReadOnlySpan<byte> utf8, TiktokenTokenizer tokenizer)
    {
        char[] buffer = ArrayPool<char>.Shared.Rent(utf8.Length);
        ReadOnlySpan<char> text = buffer.AsSpan(0, Encoding.UTF8.GetChars(utf8, buffer));
        long tokens = 0;
        while (!text.IsEmpty)
        {
            int length = TextParts.First(text);
            tokens += tokenizer.CountTokens(text[..length]);
            text = text[length..];
        }

        ArrayPool<char>.Shared.Return(buffer);
        return tokens;
    }
}
