using System.Text.RegularExpressions;

namespace FineTune.Simulator.Assets;

/// <summary>A version of a model or data asset of this workspace, named as <c>azureml:{name}:{version}</c> or by its ARM id.</summary>
internal sealed partial record AssetReference(string Name, string Version)
{
    /// <param name="collection"><c>models</c> or <c>data</c>.</param>
    /// <param name="workspacePath">ARM id of the workspace.</param>
    /// <param name="text">The reference.</param>
    public static AssetReference? Parse(string collection, string workspacePath, string text)
    {
        Match match = Short().Match(text);
        if (!match.Success)
        {
            string prefix = $"{workspacePath}/{collection}/";
            string id = text.StartsWith("azureml:/subscriptions/", StringComparison.OrdinalIgnoreCase) ? text["azureml:".Length..] : text;
            match = id.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? Tail().Match(id, prefix.Length) : Match.Empty;
        }

        return match.Success ? new AssetReference(match.Groups["name"].Value, match.Groups["version"].Value) : null;
    }

    [GeneratedRegex("^azureml:(?<name>[^:/]+):(?<version>[^:/]+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Short();

    [GeneratedRegex(@"\G(?<name>[^/]+)/versions/(?<version>[^/]+)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Tail();
}
