namespace FineTune.Simulator.Registry;

/// <summary>A declared input of a component.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>string</c>, <c>integer</c>, <c>number</c>, or the type of an asset such as <c>uri_file</c>.</param>
/// <param name="Optional">Whether a job may leave it out.</param>
/// <param name="Default">Its value when left out, as text.</param>
/// <param name="Enumeration">The only values allowed; none allows all.</param>
/// <param name="Minimum">Least value of a number.</param>
internal sealed record ComponentInput(string Name, string Type, bool Optional, string? Default, string[]? Enumeration, double? Minimum)
{
    public bool IsLiteral => Type is "string" or "integer" or "number" or "boolean";
}
