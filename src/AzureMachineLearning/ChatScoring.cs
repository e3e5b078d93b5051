using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;

namespace FineTune.AzureMachineLearning;

/// <summary>What is said to a chat-completion model, and how its answer is found in what it says back.</summary>
internal static class ChatScoring
{
    private const int LongestRaw = 8 * 1024;
    private const int DeepestNesting = 8;

    // The model cards' word, the record orientation of a one-column data frame, and what other chat containers answer.
    private static readonly string[] AnswerMembers = ["output", "0", "content", "generated_text", "text", "answer", "prediction", "predictions", "message", "choices", "outputs"];

    /// <summary>The notebook's request: a list of one conversation; or, not nested, the conversation itself.</summary>
    public static JsonObject Request(IReadOnlyList<ChatMessage> messages, SmokeTestRequest parameters, bool nested)
    {
        var conversation = new JsonArray([.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]);
        return new JsonObject
        {
            ["input_data"] = new JsonObject
            {
                ["input_string"] = nested ? new JsonArray(conversation) : conversation,
                ["parameters"] = new JsonObject
                {
                    ["temperature"] = parameters.Temperature,
                    ["top_p"] = parameters.TopP,
                    ["do_sample"] = parameters.DoSample,
                    ["max_new_tokens"] = parameters.MaxNewTokens,
                },
            },
            ["params"] = new JsonObject(),
        };
    }

    /// <summary>The answer: its text, or an empty one when none was found, and the body as it came.</summary>
    public static ScoringAnswer Answer(ServiceAnswer answer, TimeSpan latency)
    {
        ReadOnlySpan<byte> content = answer.Content.Span;
        string text;
        try
        {
            text = content.IsEmpty ? "" : Find(JsonElement.Parse(content), DeepestNesting) ?? "";
        }
        catch (JsonException)
        {
            text = Encoding.UTF8.GetString(content);
        }

        return new ScoringAnswer(text.Trim(), Cut(content), answer.Deployment, latency);
    }

    private static string? Find(JsonElement element, int depth)
    {
        if (depth == 0)
        {
            return null;
        }

        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Array:
                // One conversation was asked: a list has one answer, or it is that conversation, continued.
                JsonElement last = default;
                foreach (JsonElement message in element.EnumerateArray())
                {
                    if (string.Equals(message.At("role").Text(), "assistant", StringComparison.OrdinalIgnoreCase))
                    {
                        last = message.At("content");
                    }
                }

                return last.ValueKind != JsonValueKind.Undefined ? Find(last, depth - 1)
                    : element.GetArrayLength() > 0 && element[0].At("role").ValueKind == JsonValueKind.Undefined ? Find(element[0], depth - 1)
                    : null;
            case JsonValueKind.Object:
                foreach (string member in AnswerMembers)
                {
                    if (Find(element.At(member), depth - 1) is { } found)
                    {
                        return found;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    // In bytes, at a character's border.
    private static string Cut(ReadOnlySpan<byte> content)
    {
        int length = Math.Min(content.Length, LongestRaw);
        while (length < content.Length && length > 0 && (content[length] & 0xC0) == 0x80)
        {
            length--;
        }

        return Encoding.UTF8.GetString(content[..length]);
    }
}
