using System.Text.RegularExpressions;

namespace FineTune.Simulator.Assets;

/// <summary>An output of a job: <c>azureml://jobs/{job}/outputs/{output}</c>, with or without a path below it.</summary>
internal sealed partial record JobOutputUri(string Job, string Output)
{
    public static JobOutputUri? Parse(string uri) => Form().Match(uri) is { Success: true } match
        ? new JobOutputUri(match.Groups["job"].Value, match.Groups["output"].Value)
        : null;

    [GeneratedRegex("^azureml://jobs/(?<job>[^/]+)/outputs/(?<output>[^/]+)(/paths(/.*)?|/)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
