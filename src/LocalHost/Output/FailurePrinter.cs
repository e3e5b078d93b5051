using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Output;

/// <summary>Shows why something did not work, and what to do next.</summary>
internal static class FailurePrinter
{
    private const int Indent = 11;

    /// <summary>Prints a failure with everything that is known of it.</summary>
    public static void PrintFailure(this Screen screen, Failure failure)
    {
        screen.WriteLabelled("Failure", $"{failure.Code}: {failure.Message}", Screen.Bad, Indent);
        foreach ((string label, string? text) in (ReadOnlySpan<(string, string?)>)
            [("Where", failure.Where), ("Upstream", failure.UpstreamCode), ("Request", failure.RequestId), ("Next step", failure.NextStep)])
        {
            if (text is not null)
            {
                screen.WriteLabelled(label, text, null, Indent);
            }
        }
    }

    /// <summary>Prints findings in a dataset, one line each.</summary>
    /// <param name="screen">Where.</param>
    /// <param name="findings">The findings.</param>
    /// <param name="total">How many there are in all.</param>
    public static void PrintFindings(this Screen screen, IReadOnlyList<DatasetFinding> findings, long total)
    {
        foreach (DatasetFinding finding in findings)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(finding.File)}:{finding.Row}")
                + (finding.Column is { } column ? string.Create(CultureInfo.InvariantCulture, $":{column}") : "")
                + (finding.Path is { } path ? $" {path}" : "");
            screen.Write($"{place}  {finding.Code}: {finding.Reason}", null, 2);
        }

        if (total > findings.Count)
        {
            screen.Write(string.Create(CultureInfo.InvariantCulture, $"... and {total - findings.Count:N0} more"), Screen.Quiet, 2);
        }
    }
}
