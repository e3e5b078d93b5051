namespace FineTune.Simulator.Http;

/// <summary>A member that a request body may have.</summary>
/// <param name="Name">Its name, in the only spelling that is accepted.</param>
/// <param name="Kind">What its value may be.</param>
internal sealed record BodyMember(string Name, MemberKind Kind)
{
    /// <summary>Whether it has to be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The words, for <see cref="MemberKind.Word"/>.</summary>
    public string[] Words { get; init; } = [];

    /// <summary>The members of the object, or of each object.</summary>
    public BodyShape? Shape { get; init; }

    /// <summary>The last api-version that has it, if later ones do not.</summary>
    public string? Until { get; init; }
}
