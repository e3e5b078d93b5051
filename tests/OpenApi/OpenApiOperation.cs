using System.Text.RegularExpressions;

namespace FineTune.OpenApi;

/// <summary>One thing that can be asked.</summary>
public sealed class OpenApiOperation
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);
    private readonly Regex _pattern;

    internal OpenApiOperation(string method, string template, OpenApiSchema schema, IReadOnlyList<OpenApiSchema> parameters)
    {
        Method = method.ToUpperInvariant();
        Template = template;
        Id = schema.Text("operationId") ?? template;
        IsLongRunning = schema.Is("x-ms-long-running-operation");
        Schema = schema;
        Parameters = parameters;

        // Azure Resource Manager compares the fixed words of paths ignoring case.
        string pattern = Regex.Replace(Regex.Escape(template).Replace("}", "\\}", StringComparison.Ordinal), @"\\{(?<name>[^\\}]+)\\}", "(?<${name}>[^/]+)", RegexOptions.ExplicitCapture, LongestMatch);
        _pattern = new Regex($"^{pattern}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, LongestMatch);
    }

    /// <summary>The operation's id, such as <c>Jobs_CreateOrUpdate</c>.</summary>
    public string Id { get; }

    /// <summary>The HTTP method.</summary>
    public string Method { get; }

    /// <summary>The path with its parameters in braces.</summary>
    public string Template { get; }

    /// <summary>Whether it may go on after it has been answered.</summary>
    public bool IsLongRunning { get; }

    internal OpenApiSchema Schema { get; }

    internal IReadOnlyList<OpenApiSchema> Parameters { get; }

    internal bool Matches(string path) => _pattern.IsMatch(path);

    /// <summary>The values of the parameters in a path.</summary>
    internal IEnumerable<KeyValuePair<string, string>> PathValues(string path)
    {
        Match match = _pattern.Match(path);
        return _pattern.GetGroupNames().Where(name => !char.IsAsciiDigit(name[0])).Select(name => KeyValuePair.Create(name, Uri.UnescapeDataString(match.Groups[name].Value)));
    }

    /// <summary>What is to come with a status; null when the document declares nothing for it.</summary>
    internal OpenApiSchema? Response(int status)
    {
        OpenApiSchema? responses = Schema.Find("responses");
        return responses?.Find(status.ToString(System.Globalization.CultureInfo.InvariantCulture)) ?? (status >= 400 ? responses?.Find("default") : null);
    }
}
