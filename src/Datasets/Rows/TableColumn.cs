using System.Text;

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
