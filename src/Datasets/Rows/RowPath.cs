using System.Globalization;

namespace FineTune.Datasets.Rows;

/// <summary>A place in a row, kept as numbers until somebody wants to read it.</summary>
/// <param name="Property">A property of the row or, with <paramref name="Message"/>, of that message.</param>
/// <param name="Message">Index in <paramref name="List"/>, from 0; negative for the row itself.</param>
/// <param name="List">The property that holds the messages.</param>
internal readonly record struct RowPath(string? Property, int Message = -1, string List = "messages")
{
    /// <summary>The JSON path.</summary>
    public override string ToString() => (Property, Message) switch
    {
        (null, < 0) => "$",
        (_, < 0) => $"$.{Property}",
        (null, _) => string.Create(CultureInfo.InvariantCulture, $"$.{List}[{Message}]"),
        _ => string.Create(CultureInfo.InvariantCulture, $"$.{List}[{Message}].{Property}"),
    };
}
