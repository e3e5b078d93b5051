namespace FineTune.OpenApi;

/// <summary>A schema of an object, with all that it inherits laid together.</summary>
/// <param name="Pointer">Where its definition is; null for one written in place.</param>
/// <param name="Properties">What it may have.</param>
/// <param name="Required">What it must have.</param>
/// <param name="Additional">The schema of members that are not named; null when there is none.</param>
/// <param name="IsOpen">Whether members that are not named may be anything.</param>
/// <param name="Discriminator">The property that names the subtype.</param>
internal sealed record ObjectShape(
    string? Pointer,
    IReadOnlyDictionary<string, OpenApiSchema> Properties,
    IReadOnlySet<string> Required,
    OpenApiSchema? Additional,
    bool IsOpen,
    string? Discriminator);
