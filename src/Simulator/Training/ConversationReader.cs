using System.Text.Json;

namespace FineTune.Simulator.Training;

/// <summary>
/// Reads chat JSONL as the component's preprocess step does: <c>messages</c> only. Every row is checked, but a bounded number of characters
/// is kept, whatever the file's size, as <c>max_seq_length</c> and the memory of a GPU bound the real trainer.
/// </summary>
internal static class ConversationReader
{
    /// <summary>Characters kept of one conversation. No message takes more than half of what those before it left.</summary>
    public const int MaxCharacters = 8192;

    /// <summary>The rows, or a uniform sample (reservoir) of <paramref name="maxRows"/> of them where there are more.</summary>
    /// <param name="lines">The lines of the file; blank ones are passed over.</param>
    /// <param name="split">What to call the file in errors: <c>train</c> or <c>validation</c>.</param>
    /// <param name="maxRows">Rows kept at most.</param>
    /// <param name="random">Decides which rows are kept.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">A row is not a conversation; names the split and the line.</exception>
    public static List<ChatMessage[]> Read(
        IEnumerable<string> lines, string split, int maxRows, RandomSource random, CancellationToken cancellationToken)
    {
        var kept = new List<ChatMessage[]>();
        int number = 0;
        int rows = 0;
        foreach (string line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            ChatMessage[] messages;
            try
            {
                using JsonDocument row = JsonDocument.Parse(line.AsMemory());
                messages = Messages(row.RootElement);
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{split} line {number}: not valid JSON at byte {e.BytePositionInLine}.", e);
            }
            catch (FormatException e)
            {
                throw new InvalidDataException($"{split} line {number}: {e.Message}", e);
            }

            rows++;
            if (kept.Count < maxRows)
            {
                kept.Add(messages);
            }
            else
            {
                int slot = random.Next(rows);
                if (slot < maxRows)
                {
                    kept[slot] = messages;
                }
            }
        }

        return kept;
    }

    private static ChatMessage[] Messages(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty("messages", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("the row must be an object with an array \"messages\".");
        }

        var messages = new List<ChatMessage>(list.GetArrayLength());
        int left = MaxCharacters;
        bool teaches = false;
        foreach (JsonElement item in list.EnumerateArray())
        {
            string role = Text(item, "role", messages.Count);
            string content = Text(item, "content", messages.Count);
            if (!Tokenizer.IsRole(role))
            {
                throw new FormatException($"messages[{messages.Count}].role must be system, user or assistant.");
            }

            teaches |= role == "assistant";
            string taken = content.Length <= left / 2 ? content : content[..(left / 2)];
            left -= taken.Length;
            messages.Add(new ChatMessage(role, taken));
        }

        return teaches ? [.. messages] : throw new FormatException("there is no assistant message, so there is nothing to learn.");
    }

    private static string Text(JsonElement message, string name, int index) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new FormatException($"messages[{index}].{name} must be a string.");
}
