namespace FineTune.Datasets;

/// <summary>What a person does next about a finding. docs/dataset-rules.md says the same, and a test holds the two together.</summary>
public static class FindingAdvice
{
    /// <summary>The next step for a code.</summary>
    /// <param name="code">As in the report.</param>
    /// <param name="fix">How the repair policy that repairs is asked for where this is read.</param>
    /// <param name="drop">How the one is that leaves rows out.</param>
    /// <returns>One or two sentences.</returns>
    public static string For(string code, string fix = "the repair policy Fix", string drop = "the repair policy Drop") =>
        Enum.TryParse(code, out FindingCode known) && Enum.IsDefined(known) ? For(known, fix, drop) : "See docs/dataset-rules.md.";

    /// <summary>The next step for a code.</summary>
    /// <param name="code">The code.</param>
    /// <param name="fix">How the repair policy that repairs is asked for where this is read.</param>
    /// <param name="drop">How the one is that leaves rows out.</param>
    /// <returns>One or two sentences.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is no code.</exception>
    public static string For(FindingCode code, string fix = "the repair policy Fix", string drop = "the repair policy Drop") => code switch
    {
        FindingCode.NotUtf8 => "Save the file as UTF-8: iconv -f LATIN1 -t UTF-8, if it is Latin-1.",
        FindingCode.NotJson => "Write each row with a JSON library, one object a line without line breaks in it.",
        FindingCode.NotAnObject => "Write each row as an object with messages; name a file that is one array of objects .json.",
        FindingCode.RowTooLong => "Divide the conversation into several rows.",
        FindingCode.NestedTooDeep => "Leave out the properties that are nested so deep; only prompt, messages and prompt_id are used.",
        FindingCode.LoneSurrogate => "Cut texts between characters, not between the halves of a surrogate pair, and write them again.",
        FindingCode.DuplicateProperty => "Keep one of the two properties.",
        FindingCode.MissingMessages => "Add messages: a list of objects with role and content.",
        FindingCode.MessagesNotAnArray => "Write messages as a JSON array, not as text that holds one.",
        FindingCode.EmptyMessages => $"Remove the rows, or add their messages; {drop} leaves them out.",
        FindingCode.TooManyMessages => "Divide the conversation into several rows.",
        FindingCode.MessageNotAnObject => "Write each message as {\"role\": …, \"content\": …}.",
        FindingCode.MissingRole => "Give each message its role: system, user or assistant.",
        FindingCode.UnknownRole => $"Name roles system, user or assistant. Of well-known other names {fix} makes these; correct the rest.",
        FindingCode.MissingContent => "Give each message its content. Calls of tools have none: leave them out.",
        FindingCode.ContentNotAString => "Write content as one text; join the parts of a list.",
        FindingCode.EmptyContent => $"Remove the empty messages: {fix} does it, or correct the rows.",
        FindingCode.FirstTurnNotUserOrSystem => $"Begin with the user or the system; leave out an answer before any question: {fix} does it, or correct the rows.",
        FindingCode.NoAssistantMessage => $"Add the answers, or leave the rows out ({drop}).",
        FindingCode.InvalidPrompt => "Write prompt as text, or leave it out: it is not trained on.",
        FindingCode.InvalidPromptId => "Write prompt_id as text or number, or leave it out.",
        FindingCode.NotCsv => "Write the file with a CSV library: fields with commas, quotes or line ends stand in quotes, quotes in them are doubled.",
        FindingCode.SpecialToken => $"Remove the token: the model reads it as the end of a turn, or worse. By hand, or by {fix}.",
        FindingCode.ControlCharacter => $"Remove the characters: {fix} does it, or correct the rows.",
        FindingCode.RolesDoNotAlternate => $"Merge turns of one role that follow each other: {fix} does it, or correct the rows.",
        FindingCode.SystemNotFirst => "Move the system's message to the start, or make it the user's.",
        FindingCode.LastTurnNotAssistant => $"Add the answer, or leave out the last turn: {fix} does it, or correct the rows.",
        FindingCode.OverContextLength => "Divide the rows, or accept that their ends are not trained on.",
        FindingCode.ExactDuplicate => $"Keep one of the rows; {fix} leaves out the later ones. Rows that are meant to count more may stay.",
        FindingCode.NearDuplicate => $"Look at some of them; {fix} leaves out the later ones.",
        FindingCode.TrainTestLeakage => $"Remove the rows from one of the splits, else the test measures memory; {fix} leaves out the later ones.",
        FindingCode.UntrimmedContent => $"Nothing needs to be done; white space at the ends costs tokens, and {fix} removes it.",
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "The code has no advice."),
    };
}
