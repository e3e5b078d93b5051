namespace FineTune.Infra.Tests;

/// <summary>
/// A Bicep file's outline: enough to see whether its parts fit together. What a compiler knows beyond that (types, resource
/// schemas, lint rules) is checked where there is one: `.github/workflows/ci.yml`.
/// </summary>
internal sealed class BicepFile
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal) { "param", "var", "resource", "module", "output", "targetScope" };

    private BicepFile(string path, IReadOnlyList<BicepDeclaration> declarations)
    {
        Path = path;
        Declarations = declarations;
    }

    public string Path { get; }

    public IReadOnlyList<BicepDeclaration> Declarations { get; }

    public IEnumerable<BicepDeclaration> Parameters => Of("param");

    public IEnumerable<BicepDeclaration> Modules => Of("module");

    public IEnumerable<BicepDeclaration> Outputs => Of("output");

    public static IEnumerable<string> Paths => Directory
        .EnumerateFiles(RepositoryRoot.File("infra"), "*.bicep", SearchOption.AllDirectories)
        .Select(path => System.IO.Path.GetRelativePath(RepositoryRoot.Path, path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public static BicepFile Read(string path) => Parse(path, RepositoryRoot.Read(path.Split('/')));

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="FormatException">It is not written as Bicep is.</exception>
    public static BicepFile Parse(string path, string text)
    {
        IReadOnlyList<BicepToken> tokens;
        try
        {
            tokens = BicepLexer.Read(text);
        }
        catch (FormatException error)
        {
            throw new FormatException($"{path}: {error.Message}", error);
        }

        var declarations = new List<BicepDeclaration>();
        List<int> starts = [.. Enumerable.Range(0, tokens.Count).Where(at => Starts(tokens[at]))];
        int decoratorsFrom = 0;
        for (int i = 0; i < starts.Count; i++)
        {
            int start = starts[i];
            int end = i + 1 < starts.Count ? starts[i + 1] : tokens.Count;
            int next = start + 1;
            while (next < end && !(tokens[next] is { FirstOnLine: true, Depth: 0 } && tokens[next].Is('@')))
            {
                next++;
            }

            BicepToken name = tokens[start + 1];
            if (name.Line != tokens[start].Line)
            {
                throw new FormatException($"{path}: line {name.Line}: '{tokens[start].Text}' has no name");
            }

            declarations.Add(new BicepDeclaration(tokens[start].Text, name.Text, Slice(tokens, decoratorsFrom, start), Slice(tokens, start + 2, next)));
            decoratorsFrom = next;
        }

        return new BicepFile(path, declarations);
    }

    public BicepDeclaration Declaration(string name) => Declarations.Single(declaration => declaration.Name == name);

    /// <summary>The file that a local module is made from, as a path in the repository.</summary>
    public string LocalPath(BicepDeclaration module) => System.IO.Path.GetRelativePath(
        RepositoryRoot.Path, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(RepositoryRoot.File(Path.Split('/')))!, module.Source)).Replace('\\', '/');

    /// <summary>Each <c>module.outputs.name</c> that the file reads.</summary>
    public IEnumerable<(string Module, string Output)> OutputsRead() => Declarations
        .SelectMany(declaration => Flatten(declaration.Body).ToList() is var tokens ? Enumerable.Range(0, tokens.Count).Select(at => OutputRead(tokens, at)) : [])
        .OfType<(string, string)>();

    private static (string Module, string Output)? OutputRead(List<BicepToken> tokens, int at)
    {
        if (tokens[at] is not { Kind: BicepTokenKind.Identifier, Text: "outputs" } || at + 2 >= tokens.Count)
        {
            return null;
        }

        int name = at + 1;
        while (tokens[name].Is('.') || tokens[name].Is('?'))
        {
            name++;
        }

        int module = at - 1;
        while (module > 0 && tokens[module].Kind != BicepTokenKind.Identifier)
        {
            module--;
        }

        return (tokens[module].Text, tokens[name].Text);
    }

    private static IEnumerable<BicepToken> Flatten(IEnumerable<BicepToken> tokens) =>
        tokens.SelectMany(token => token.Inner.Count > 0 ? Flatten(token.Inner) : [token]);

    private static bool Starts(BicepToken token) =>
        token is { FirstOnLine: true, Depth: 0, Kind: BicepTokenKind.Identifier } && Keywords.Contains(token.Text);

    private static List<BicepToken> Slice(IReadOnlyList<BicepToken> tokens, int from, int to) => [.. tokens.Skip(from).Take(to - from)];

    private IEnumerable<BicepDeclaration> Of(string keyword) => Declarations.Where(declaration => declaration.Keyword == keyword);
}
