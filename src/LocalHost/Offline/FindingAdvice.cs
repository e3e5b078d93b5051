using FineTune.Datasets;

namespace FineTune.LocalHost.Offline;

/// <summary>What a person does next about a finding. What <c>--repair fix</c> does is named where it does it.</summary>
internal static class FindingAdvice
{
    private const string FixOrEdit = "--repair fix does it, or correct the rows.";

    /// <summary>The next step for a code.</summary>
    /// <param name="code">As in the report.</param>
    public static string For(string code) => Enum.TryParse(code, out FindingCode known) ? For(known) : "See docs/dataset-rules.md.";

    private static string For(FindingCode code) => code switch
    {
        FindingCode.NotUtf8 => "Save the file as UTF-8: iconv -f LATIN1 -t UTF-8, if it is Latin-1.",
        FindingCode.NotJson => "Write each row with a JSON library, one object a line without line breaks in it.",
        FindingCode.NotAnObject => "Write each row as an object with messages.",
        FindingCode.RowTooLong => "Divide the conversation into several rows.",
        FindingCode.NestedTooDeep => "Leave out the properties that are nested so deep; only prompt, messages and prompt_id are used.",
        FindingCode.LoneSurrogate => "Cut texts between characters, not between the halves of a surrogate pair, and write them again.",
        FindingCode.DuplicateProperty => "Keep one of the two properties.",
        FindingCode.MissingMessages => "Add messages: a list of objects with role and content.",
        FindingCode.MessagesNotAnArray => "Write messages as a JSON array, not as text that holds one.",
        FindingCode.EmptyMessages => "Remove the rows, or add their messages; --repair drop leaves them out.",
        FindingCode.TooManyMessages => "Divide the conversation into several rows.",
        FindingCode.MessageNotAnObject => "Write each message as {\"role\": …, \"content\": …}.",
        FindingCode.MissingRole => "Give each message its role: system, user or assistant.",
        FindingCode.UnknownRole => $"Name roles system, user or assistant. Well-known other names: {FixOrEdit}",
        FindingCode.MissingContent => "Give each message its content. Calls of tools have none: leave them out.",
        FindingCode.ContentNotAString => "Write content as one text; join the parts of a list.",
        FindingCode.EmptyContent => $"Remove the empty messages: {FixOrEdit}",
        FindingCode.FirstTurnNotUserOrSystem => $"Begin with the user or the system; leave out an answer before any question: {FixOrEdit}",
        FindingCode.NoAssistantMessage => "Add the answers, or leave the rows out (--repair drop).",
        FindingCode.InvalidPrompt => "Write prompt as text, or leave it out: it is not trained on.",
        FindingCode.InvalidPromptId => "Write prompt_id as text or number, or leave it out.",
        FindingCode.NotCsv => "Write the file with a CSV library: fields with commas, quotes or line ends stand in quotes, quotes in them are doubled.",
        FindingCode.SpecialToken => $"Remove the token: the model reads it as the end of a turn, or worse. {FixOrEdit}",
        FindingCode.ControlCharacter => $"Remove the characters: {FixOrEdit}",
        FindingCode.RolesDoNotAlternate => $"Merge turns of one role that follow each other: {FixOrEdit}",
        FindingCode.SystemNotFirst => "Move the system's message to the start, or make it the user's.",
        FindingCode.LastTurnNotAssistant => $"Add the answer, or leave out the last turn: {FixOrEdit}",
        FindingCode.OverContextLength => "Divide the rows, or accept that their ends are not trained on.",
        FindingCode.ExactDuplicate => "Keep one of the rows; --repair fix leaves out the later ones. Rows that are meant to count more may stay.",
        FindingCode.NearDuplicate => "Look at some of them; --repair fix leaves out the later ones.",
        FindingCode.TrainTestLeakage => "Remove the rows from one of the splits, else the test measures memory; --repair fix leaves out the later ones.",
        FindingCode.UntrimmedContent => $"Nothing needs to be done; white space at the ends costs tokens. {FixOrEdit}",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "The code has no advice."),
    };
}
