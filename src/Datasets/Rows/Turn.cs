using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>One message of a <see cref="Conversation"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Turn
{
    /// <summary>Who speaks; <see cref="ChatRole.Unknown"/> when the row does not say it in a known word.</summary>
    public ChatRole Role;

    /// <summary>What an unknown role's word probably means; unknown when that is not clear.</summary>
    public ChatRole Meant;

    /// <summary>Index of the message in the source, from 0.</summary>
    public int Index;

    /// <summary>Where its text is in <see cref="Conversation.Texts"/>.</summary>
    public int Start;

    /// <summary>Bytes of its text.</summary>
    public int Length;

    /// <summary>Whether there is a text at all.</summary>
    public bool HasText;

    /// <summary>What is in the text, once <see cref="Conversation.IsMeasured"/>.</summary>
    public TextCounts Counts;

    /// <summary>Byte in the row where the role's value stands, from 1; 0 when not known.</summary>
    public long RoleColumn;

    /// <summary>Byte in the row where the content's value stands, from 1; 0 when not known.</summary>
    public long ContentColumn;
}
