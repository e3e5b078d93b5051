using Microsoft.ML.Tokenizers;

namespace FineTune.Datasets.Rows;

/// <summary>What a model's tokens are, for models whose vocabulary is one that Microsoft.ML.Tokenizers has.</summary>
/// <param name="Encoding">The vocabulary's name.</param>
/// <param name="TokensPerMessage">Marks that the model's chat template puts around a message.</param>
/// <param name="TokensPerRow">Marks that it puts at the end of a conversation.</param>
internal sealed record ModelVocabulary(string Encoding, int TokensPerMessage, int TokensPerRow)
{
    private readonly Lazy<TiktokenTokenizer> _tokenizer = new(() => TiktokenTokenizer.CreateForEncoding(Encoding));

    /// <summary>
    /// Phi-4-mini: <c>&lt;|user|&gt;…&lt;|end|&gt;</c> and <c>&lt;|endoftext|&gt;</c>; Phi-4: <c>&lt;|im_start|&gt;user&lt;|im_sep|&gt;…&lt;|im_end|&gt;</c>
    /// (the templates in the models' <c>tokenizer_config.json</c>).
    /// </summary>
    private static readonly ModelVocabulary Phi4Mini = new("o200k_base", 2, 1), Phi4 = new("cl100k_base", 4, 0);

    /// <summary>Counts with it; loaded when first asked for, and safe to use at the same time.</summary>
    public TiktokenTokenizer Tokenizer => _tokenizer.Value;

    /// <summary>The vocabulary of a model, or null when it is not at hand.</summary>
    /// <param name="model">The model's name, such as <c>Phi-4-mini-instruct</c>.</param>
    public static ModelVocabulary? Of(string? model) => model?.ToUpperInvariant() switch
    {
        null => null,
        var name when name.StartsWith("PHI-4-MINI", StringComparison.Ordinal) || name.StartsWith("PHI-4-MULTIMODAL", StringComparison.Ordinal) => Phi4Mini,
        "PHI-4" => Phi4,
        var name when name.StartsWith("PHI-4-REASONING", StringComparison.Ordinal) => Phi4,
        _ => null,
    };
}
