using System.Text;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Control tokens of model families. A tokenizer reads them in a text as what they stand for: a turn ends where nobody ended it.
/// The lists are those of the models' tokenizer_config.json.
/// </summary>
internal sealed class SpecialTokens
{
    private static readonly string[] ChatMl =
        ["<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|endofprompt|>", "<|file_sep|>", "<|repo_name|>"];

    private static readonly string[] Phi =
        ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>", "<|tool|>", "<|/tool|>", "<|tool_call|>", "<|/tool_call|>", "<|tool_response|>", "<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|continue|>"];

    private static readonly string[] Llama =
        ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<|finetune_right_pad_id|>", "<|step_id|>", "<|header_start|>", "<|header_end|>", "<|eot|>"];

    private static readonly string[] MistralInText =
        ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"];

    private static readonly string[] Gemma = ["<start_of_turn>", "<end_of_turn>"];

    private readonly byte[][] _tokens;

    /// <param name="family">Whose tokens are looked for.</param>
    public SpecialTokens(ModelFamily family)
    {
        string[] tokens = family switch
        {
            ModelFamily.Phi => Phi,
            ModelFamily.Llama => Llama,
            ModelFamily.Mistral => [.. MistralInText, "<s>", "</s>", "<unk>"],
            ModelFamily.Gemma => [.. Gemma, "<bos>", "<eos>", "<pad>"],
            ModelFamily.ChatMl => ChatMl,
            _ => [.. ChatMl, .. Phi, .. Llama, .. MistralInText, .. Gemma],
        };
        _tokens = [.. tokens.Distinct(StringComparer.Ordinal).Select(Encoding.ASCII.GetBytes)];
    }

    /// <summary>The family of a model by its name, such as <c>Phi-4-mini-instruct</c>.</summary>
    public static ModelFamily FamilyOf(string? model) => model?.ToUpperInvariant() switch
    {
        null => ModelFamily.Unknown,
        var name when name.Contains("PHI", StringComparison.Ordinal) => ModelFamily.Phi,
        var name when name.Contains("MISTRAL", StringComparison.Ordinal) || name.Contains("MIXTRAL", StringComparison.Ordinal) || name.Contains("LLAMA-2", StringComparison.Ordinal) => ModelFamily.Mistral,
        var name when name.Contains("LLAMA", StringComparison.Ordinal) => ModelFamily.Llama,
        var name when name.Contains("GEMMA", StringComparison.Ordinal) => ModelFamily.Gemma,
        var name when name.Contains("QWEN", StringComparison.Ordinal) || name.Contains("GPT", StringComparison.Ordinal) => ModelFamily.ChatMl,
        _ => ModelFamily.Unknown,
    };

    /// <summary>Finds the first special token.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="length">Its length.</param>
    /// <returns>Where it begins, or -1.</returns>
    public int Find(ReadOnlySpan<byte> text, out int length)
    {
        int at = 0;
        while (text[at..].IndexOfAny((byte)'<', (byte)'[') is >= 0 and int skip)
        {
            at += skip;
            ReadOnlySpan<byte> rest = text[at..];
            foreach (byte[] token in _tokens)
            {
                if (rest.StartsWith(token))
                {
                    length = token.Length;
                    return at;
                }
            }

            at++;
        }

        length = 0;
        return -1;
    }
}
