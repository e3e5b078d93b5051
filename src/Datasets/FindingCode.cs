namespace FineTune.Datasets;

/// <summary>
/// The rules that a row can break. The names are stable: they are <c>DatasetFinding.Code</c>.
/// Each is explained with a wrong and a right row in docs/dataset-rules.md.
/// </summary>
public enum FindingCode
{
    /// <summary>The bytes are not UTF-8.</summary>
    NotUtf8,

    /// <summary>The line is not one JSON value.</summary>
    NotJson,

    /// <summary>The line is JSON, but no object.</summary>
    NotAnObject,

    /// <summary>The row is larger than the limit.</summary>
    RowTooLong,

    /// <summary>Objects or arrays are nested deeper than the limit.</summary>
    NestedTooDeep,

    /// <summary>A text holds half of a surrogate pair (<c>\ud83d</c> without its second half): it has no UTF-8 form.</summary>
    LoneSurrogate,

    /// <summary>A property that is read stands twice in the same object.</summary>
    DuplicateProperty,

    /// <summary><c>messages</c> is missing or null.</summary>
    MissingMessages,

    /// <summary><c>messages</c> is no array.</summary>
    MessagesNotAnArray,

    /// <summary><c>messages</c> is an empty array.</summary>
    EmptyMessages,

    /// <summary><c>messages</c> has more entries than the limit.</summary>
    TooManyMessages,

    /// <summary>An entry of <c>messages</c> is no object.</summary>
    MessageNotAnObject,

    /// <summary>A message has no <c>role</c>, or it is null.</summary>
    MissingRole,

    /// <summary>A message's <c>role</c> is not <c>system</c>, <c>user</c> or <c>assistant</c>.</summary>
    UnknownRole,

    /// <summary>A message has no <c>content</c>, or it is null.</summary>
    MissingContent,

    /// <summary>A message's <c>content</c> is no string.</summary>
    ContentNotAString,

    /// <summary>A message's <c>content</c> is empty or only white space.</summary>
    EmptyContent,

    /// <summary>The conversation begins with the assistant.</summary>
    FirstTurnNotUserOrSystem,

    /// <summary>Nobody answers: without an assistant's message there is nothing to learn or to compare with. Not asked of generation splits.</summary>
    NoAssistantMessage,

    /// <summary><c>prompt</c> is neither a string nor null.</summary>
    InvalidPrompt,

    /// <summary><c>prompt_id</c> is neither a string, a number nor null.</summary>
    InvalidPromptId,

    /// <summary>The CSV record can't be told apart from its neighbours, or has more fields than the header.</summary>
    NotCsv,

    /// <summary>A control token of the model's family stands in a text. An error when the family is known, otherwise a warning.</summary>
    SpecialToken,

    /// <summary>Warning: a text holds a control character other than tab, line feed and carriage return.</summary>
    ControlCharacter,

    /// <summary>Warning: two turns of the same role follow each other.</summary>
    RolesDoNotAlternate,

    /// <summary>Warning: the system speaks after the conversation has begun.</summary>
    SystemNotFirst,

    /// <summary>Warning: the last turn is not the assistant's; it teaches nothing. Not asked of generation splits.</summary>
    LastTurnNotAssistant,

    /// <summary>Warning: the row has more tokens than the model's context; the end is cut off in training.</summary>
    OverContextLength,

    /// <summary>Warning: an earlier row of the same split says the same.</summary>
    ExactDuplicate,

    /// <summary>Warning: an earlier row of the same split says nearly the same.</summary>
    NearDuplicate,

    /// <summary>Warning: a row of another split says the same, or nearly: what is learned is tested.</summary>
    TrainTestLeakage,

    /// <summary>Information: a text begins or ends with white space.</summary>
    UntrimmedContent,
}
