using System.Text;
using System.Text.Json;

namespace FineTune.Datasets.Rows;

/// <summary>A column of a table whose rows become JSON.</summary>
/// <param name="Name">The property it becomes, in ASCII.</param>
/// <param name="IsJson">Whether its text is JSON already.</param>
/// <param name="IsNeeded">Whether a row without it is no conversation: then it is written although it is empty, so that this is what is reported.</param>
internal sealed record TableColumn(byte[] Name, bool IsJson, bool IsNeeded)
{
    private static readonly string[] Json = ["messages", "conversations"];
    private static readonly string[] Texts = ["prompt", "prompt_id", "instruction", "input", "output", "completion", "system"];

    /// <summary>The column of a name, or null when nothing reads it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="names">The names of all columns of the table.</param>
    public static TableColumn? Of(string name, IReadOnlyCollection<string> names) =>
        Json.Contains(name) || Texts.Contains(name) ? new TableColumn(Encoding.ASCII.GetBytes(name), Json.Contains(name), Needed(names).Contains(name)) : null;

    /// <summary>As the row's property is called.</summary>
    public string Property => Encoding.ASCII.GetString(Name);

    /// <summary>Whether the column may hold a text: JSON must be one value, or it could bring properties of its own into the row.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="maxDepth">Levels that it may have.</param>
    public bool Takes(ReadOnlySpan<byte> text, int maxDepth)
    {
        if (!IsJson)
        {
            return true;
        }

        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = maxDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Says what is wrong with a text that the column does not take.</summary>
    public string Reason(ReadOnlySpan<byte> text) =>
        $"The column {Property} is not one JSON value.{(text is [(byte)'[', ..] && text.Contains((byte)'\'') ? " It looks like Python's print of a list: write it with json.dumps." : "")}";

    /// <summary>Whether columns of these names make a conversation.</summary>
    public static bool MakeConversation(IReadOnlyCollection<string> names) =>
        names.Contains("messages") || names.Contains("conversations") || (names.Contains("instruction") && names.Contains("output"))
        || (names.Contains("prompt") && names.Contains("completion"));

    /// <summary>The columns that every row must have, where all rows of the table are of one shape.</summary>
    private static string[] Needed(IReadOnlyCollection<string> names)
    {
        bool isAlpaca = names.Contains("instruction") && names.Contains("output");
        bool isPair = names.Contains("prompt") && names.Contains("completion");
        return isAlpaca == isPair || Json.Any(names.Contains) ? [] : isAlpaca ? ["instruction", "output"] : ["prompt", "completion"];
    }
}
