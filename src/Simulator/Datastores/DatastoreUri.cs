using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace FineTune.Simulator.Datastores;

/// <summary>
/// A path in a datastore: <c>azureml://datastores/{name}/paths/{path}</c> or the long form
/// <c>azureml://subscriptions/…/resourcegroups/…/workspaces/…/datastores/{name}/paths/{path}</c>.
/// </summary>
internal sealed partial record DatastoreUri(string? Workspace, string Datastore, string Path)
{
    public static bool TryParse(string uri, [NotNullWhen(true)] out DatastoreUri? parsed)
    {
        Match match = Form().Match(uri);
        parsed = match.Success
            ? new DatastoreUri(
                match.Groups["workspace"] is { Success: true } group ? group.Value : null,
                match.Groups["datastore"].Value,
                match.Groups["path"].Value)
            : null;
        return match.Success;
    }

    [GeneratedRegex(
        "^azureml://(subscriptions/[^/]+/resourcegroups/[^/]+/(providers/Microsoft.MachineLearningServices/)?workspaces/(?<workspace>[^/]+)/)?datastores/(?<datastore>[^/]+)/paths/(?<path>.+)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
