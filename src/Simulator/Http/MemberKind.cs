namespace FineTune.Simulator.Http;

/// <summary>What the value of a member of a request body may be.</summary>
internal enum MemberKind
{
    /// <summary>Whatever it is; somebody else looks at it.</summary>
    Any,

    /// <summary>A string.</summary>
    Text,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>An ISO 8601 duration such as <c>PT10M</c>.</summary>
    Duration,

    /// <summary>One of some words, in any case.</summary>
    Word,

    /// <summary>An object of strings under names of the sender's choice.</summary>
    Texts,

    /// <summary>An object of whole numbers under names of the sender's choice.</summary>
    Integers,

    /// <summary>An object with members of its own.</summary>
    Object,

    /// <summary>An object of such objects under names of the sender's choice.</summary>
    Objects,

    /// <summary>A list.</summary>
    List,
}
