namespace FineTune.Datasets.Rows;

/// <summary>What a role's word means.</summary>
internal static class RoleNames
{
    private const int LongestWord = 16;

    /// <summary>Reads a role.</summary>
    /// <param name="word">The word, decoded.</param>
    /// <param name="isShareGpt">Whether ShareGPT's words count, too.</param>
    /// <returns>The role; and where it is none, what the word probably means.</returns>
    public static (ChatRole Role, ChatRole Meant) Read(ReadOnlySpan<byte> word, bool isShareGpt)
    {
        ChatRole role = word.SequenceEqual("user"u8) || (isShareGpt && word.SequenceEqual("human"u8)) ? ChatRole.User
            : word.SequenceEqual("assistant"u8) || (isShareGpt && word.SequenceEqual("gpt"u8)) ? ChatRole.Assistant
            : word.SequenceEqual("system"u8) ? ChatRole.System
            : ChatRole.Unknown;
        return role != ChatRole.Unknown || word.Length > LongestWord ? (role, ChatRole.Unknown) : (role, Guess(word));
    }

    private static ChatRole Guess(ReadOnlySpan<byte> word) => System.Text.Encoding.UTF8.GetString(word).Trim().ToUpperInvariant() switch
    {
        "USER" or "HUMAN" => ChatRole.User,
        "ASSISTANT" or "GPT" or "CHATGPT" or "BOT" or "MODEL" or "AI" => ChatRole.Assistant,
        "SYSTEM" or "DEVELOPER" => ChatRole.System,
        _ => ChatRole.Unknown,
    };
}
