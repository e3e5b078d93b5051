namespace FineTune.Infra.Tests;

/// <summary>A parameter, variable, resource, module or output.</summary>
/// <param name="Keyword"><c>param</c>, <c>var</c>, <c>resource</c>, <c>module</c>, <c>output</c> or <c>targetScope</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Decorators">What stands before it after <c>@</c>.</param>
/// <param name="Body">All after its name.</param>
internal sealed record BicepDeclaration(string Keyword, string Name, IReadOnlyList<BicepToken> Decorators, IReadOnlyList<BicepToken> Body)
{
    /// <summary>The text of <c>@description('…')</c>, or null.</summary>
    public string? Description
    {
        get
        {
            int at = Decorators.ToList().FindIndex(token => token is { Kind: BicepTokenKind.Identifier, Text: "description" });
            return at < 0 ? null : Decorators[at + 2].Text;
        }
    }

    /// <summary>Whether a parameter may be left out.</summary>
    public bool HasDefault => Body.Any(token => token.Is('=') && token.Depth == 0);

    /// <summary>What a module is made from.</summary>
    public string Source => Body[0].Text;

    /// <summary>The properties of an object's first level; with <paramref name="within"/>, of the object of that name in it.</summary>
    public IReadOnlyDictionary<string, string> Properties(string? within = null)
    {
        int at = 0;
        if (within is not null)
        {
            at = Body.ToList().FindIndex(token => token is { FirstOnLine: true, Depth: 1 } && token.Text == within) + 1;
            if (at == 0)
            {
                return new Dictionary<string, string>(StringComparer.Ordinal);
            }
        }

        int depth = within is null ? 1 : 2;
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        for (; at < Body.Count && !(within is not null && Body[at].Is('}') && Body[at].Depth == depth - 1); at++)
        {
            if (Body[at].Depth == depth && IsKey(at))
            {
                BicepToken key = Body[at];
                properties[key.Text] = string.Concat(Body.Skip(at + 2).TakeWhile(token => token.Line == key.Line).Select(token => token.Text));
            }
        }

        return properties;
    }

    /// <summary>The names of the properties of all objects in it, however deep.</summary>
    public IEnumerable<string> AllKeys() => Enumerable.Range(0, Body.Count).Where(IsKey).Select(at => Body[at].Text);

    /// <summary>The names that it refers to.</summary>
    public IEnumerable<string> References()
    {
        IEnumerable<string> own = Enumerable.Range(0, Body.Count)
            .Where(at => Body[at].Kind == BicepTokenKind.Identifier && !IsKey(at) && !IsMember(at))
            .Select(at => Body[at].Text);
        return own
            .Concat(Body.SelectMany(token => ReferencesIn(token.Inner)))
            .Concat(Decorators.Where(token => token.Kind == BicepTokenKind.Identifier).Select(token => token.Text));
    }

    private static IEnumerable<string> ReferencesIn(IReadOnlyList<BicepToken> tokens) => tokens
        .SelectMany(token => token.Kind == BicepTokenKind.Identifier ? [token.Text] : ReferencesIn(token.Inner));

    private bool IsKey(int at) => Body[at] is { Kind: BicepTokenKind.Identifier or BicepTokenKind.String }
        && at + 1 < Body.Count && Body[at + 1].Is(':')
        && (Body[at].FirstOnLine || (at > 0 && (Body[at - 1].Is('{') || Body[at - 1].Is(','))));

    private bool IsMember(int at) => at > 0 && (Body[at - 1].Is('.') || (at > 1 && Body[at - 1].Is('?') && Body[at - 2].Is('.')));
}
