namespace FineTune.Datasets;

/// <summary>Models that share special tokens, the marks between turns which must not stand in a text.</summary>
public enum ModelFamily
{
    /// <summary>Not known: the marks of every family are looked for (but those that are also HTML, such as <c>&lt;s&gt;</c>), and are warnings.</summary>
    Unknown,

    /// <summary>Microsoft's Phi.</summary>
    Phi,

    /// <summary>Meta's Llama 3 and later.</summary>
    Llama,

    /// <summary>Mistral's models, and Llama 2.</summary>
    Mistral,

    /// <summary>Google's Gemma.</summary>
    Gemma,

    /// <summary>ChatML: OpenAI's models and Qwen.</summary>
    ChatMl,
}
