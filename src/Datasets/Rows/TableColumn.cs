using System.Text;

namespace FineTune.Datasets.Rows;

/// <summary>A column of a table whose rows become JSON.</summary>
/// <param name="Name">The property it becomes, in ASCII.</param>
/// <param name="IsJson">Whether its text is JSON already.</param>
internal sealed record TableColumn(byte[] Name, bool IsJson)
{
    private static readonly string[] Json = ["messages", "conversations"];
    private static readonly string[] Texts = ["prompt", "prompt_id", "instruction", "input", "output", "completion", "system"];

    /// <summary>The column of a name, or null when nothing reads it.</summary>
    public static TableColumn? Of(string name) =>
        Json.Contains(name) || Texts.Contains(name) ? new TableColumn(Encoding.ASCII.GetBytes(name), Json.Contains(name)) : null;

    /// <summary>Whether columns of these names make a conversation.</summary>
    public static bool MakeConversation(IReadOnlyCollection<string> names) =>
        names.Contains("messages") || names.Contains("conversations") || (names.Contains("instruction") && names.Contains("output"))
        || (names.Contains("prompt") && names.Contains("completion"));
}
