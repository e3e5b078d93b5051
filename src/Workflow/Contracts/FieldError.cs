using System.Globalization;

namespace FineTune.Workflow.Contracts;

/// <summary>One thing wrong with one field of a request.</summary>
/// <param name="Path">The field's JSON path: <c>$.deployment.instanceCount</c>.</param>
/// <param name="Message">What is wrong, as a sentence that names what is allowed.</param>
/// <param name="Line">The line of the field's value in the text, from 1; null when the text does not hold the field, or there is no text.</param>
/// <param name="Column">Its column in UTF-16 units, from 1; null likewise.</param>
public sealed record FieldError(string Path, string Message, long? Line = null, long? Column = null)
{
    /// <inheritdoc/>
    public override string ToString() => Line is null
        ? $"{Path}: {Message}"
        : string.Create(CultureInfo.InvariantCulture, $"{Path} (line {Line}, column {Column}): {Message}");
}
