using System.Globalization;
using FineTune.Datasets;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;
using Spectre.Console;

namespace FineTune.LocalHost.Offline;

/// <summary>Shows what was found in a dataset: the details first, the verdict last, where the eye is when it ends.</summary>
/// <param name="screen">Where.</param>
/// <param name="arguments">What was asked for.</param>
internal sealed class DatasetPrinter(Screen screen, DatasetArguments arguments)
{
    private const int ShownFiles = 10;
    private const int Indent = 2;
    private const int LabelIndent = 11;

    /// <summary>Prints it.</summary>
    /// <param name="result">What was found.</param>
    /// <param name="folder">Where the prepared dataset is; null when nothing was written.</param>
    public void Print(DatasetPreparationResult result, string? folder)
    {
        DatasetReport report = result.Report;
        PrintFiles(report);
        PrintFindings(report);
        PrintChanges(report);
        PrintSplits(result);
        foreach (string warning in report.Warnings)
        {
            screen.Write($"! {warning}", Screen.Notice);
        }

        PrintVerdict(result, folder);
    }

    private void PrintFiles(DatasetReport report)
    {
        var table = new TextTable("FILE", "FORMAT", ">ROWS", ">SIZE", "SPLIT");
        foreach (SourceFileReport file in report.Files.Take(ShownFiles))
        {
            table.Add(file.Name, file.Format ?? "", Number(file.Rows), ByteText.Of(file.Bytes), file.Split?.ToString() ?? "by hash");
        }

        table.WriteTo(screen, Indent);
        if (report.Files.Count > ShownFiles)
        {
            screen.Write($"... and {Number(report.Files.Count - ShownFiles)} more files", Screen.Quiet, Indent);
        }

        screen.Gap();
    }

    private void PrintFindings(DatasetReport report)
    {
        // Of each code at least one finding is listed, and all findings of a code are of one severity.
        CodeFindings[] codes =
        [
            .. report.Findings.GroupBy(finding => finding.Code, StringComparer.Ordinal)
                .Select(listed => new CodeFindings(listed.Key, listed.First().Severity, report.FindingCounts[listed.Key], [.. listed.Take(arguments.Show)]))
                .OrderBy(code => code.Severity).ThenByDescending(code => code.Count).ThenBy(code => code.Code, StringComparer.Ordinal),
        ];
        if (codes.Length == 0)
        {
            return;
        }

        foreach (CodeFindings code in codes.Where(code => code.Shown.Count > 0))
        {
            PrintFindings(code);
        }

        var table = new TextTable("FINDING", "SEVERITY", ">ROWS");
        foreach (CodeFindings code in codes)
        {
            table.Add(code.Code, Word(code.Severity), Number(code.Count));
        }

        table.WriteTo(screen, Indent);
        screen.Gap();
    }

    private void PrintFindings(CodeFindings code)
    {
        screen.Write($"{code.Code}: {Word(code.Severity)}, {Rows(code.Count)}", StyleOf(code.Severity));
        foreach (DatasetFinding finding in code.Shown)
        {
            string path = finding.Path is null ? "" : $"  {finding.Path}";
            screen.Write($"{Place(finding)}{path}", Screen.Strong, Indent);
            screen.Write(finding.Reason, null, 2 * Indent);
            if (finding.Excerpt is not null)
            {
                screen.Write(finding.Excerpt, Screen.Quiet, 2 * Indent);
            }
        }

        if (code.Count > code.Shown.Count)
        {
            screen.Write($"... and {Number(code.Count - code.Shown.Count)} more", Screen.Quiet, Indent);
        }

        screen.WriteLabelled("  Next step", FindingAdvice.For(code.Code, "--repair fix", "--repair drop"), null, LabelIndent + Indent);
        screen.Gap();
    }

    private void PrintChanges(DatasetReport report)
    {
        if (report.ChangeCounts.Count == 0)
        {
            return;
        }

        var table = new TextTable("CHANGE", ">ROWS");
        foreach ((string change, long count) in report.ChangeCounts)
        {
            table.Add(change, Number(count));
        }

        table.WriteTo(screen, Indent);
        screen.Gap();
    }

    private void PrintSplits(DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        if (report.Splits.Count == 0)
        {
            return;
        }

        Dictionary<SplitKind, PreparedSplit> written = result.Splits.ToDictionary(split => split.Kind);
        if (result.Refusal is not null)
        {
            screen.Write("The valid rows, as they would have been used:", null, Indent);
            screen.Gap();
        }

        var splits = result.Refusal is null ? new TextTable("SPLIT", ">ROWS", ">SIZE", ">TOKENS", ">CUT OFF", "SHA-256") : new TextTable("SPLIT", ">ROWS", ">TOKENS", ">CUT OFF");
        foreach (SplitStatistics statistics in report.Splits)
        {
            if (written.TryGetValue(statistics.Kind, out PreparedSplit? split))
            {
                splits.Add(split.FileName, Number(split.Rows), ByteText.Of(split.Bytes), Number(statistics.TotalTokens), Number(statistics.TruncatedRows), $"{split.Sha256[..12]}…");
            }
            else
            {
                splits.Add(statistics.Kind.ToString(), Number(statistics.Rows), Number(statistics.TotalTokens), Number(statistics.TruncatedRows));
            }
        }

        splits.WriteTo(screen, Indent);
        screen.Gap();
        foreach (SplitStatistics statistics in report.Splits)
        {
            PrintStatistics(written.TryGetValue(statistics.Kind, out PreparedSplit? split) ? split.FileName : statistics.Kind.ToString(), statistics, report.Tokens);
        }

        if (report.Tokens is { } tokens)
        {
            PrintTokens(result.Refusal is null ? tokens : tokens with { BillableTokens = null });
        }
    }

    private void PrintStatistics(string name, SplitStatistics statistics, TokenReport? tokens)
    {
        var table = new TextTable(name, ">MIN", ">P5", ">MEDIAN", ">MEAN", ">P95", ">MAX");
        foreach ((string what, ValueDistribution values) in (ReadOnlySpan<(string, ValueDistribution)>)
            [("turns a row", statistics.Turns), ("characters", statistics.Characters), (tokens?.IsEstimate == true ? "tokens (estimate)" : "tokens", statistics.Tokens)])
        {
            table.Add(what, Short(values.Min), Short(values.P5), Short(values.Median), values.Mean.ToString(values.Mean < 1000 ? "N1" : "N0", CultureInfo.InvariantCulture), Short(values.P95), Short(values.Max));
        }

        table.WriteTo(screen, Indent);
        screen.Write($"messages: {string.Join(", ", statistics.Roles.Select(role => $"{Number(role.Value)} {role.Key}"))}", null, Indent);
        screen.Gap();
    }

    private void PrintTokens(TokenReport tokens)
    {
        string over = tokens.CountedRows is > 0 and var rowsCounted ? $"the {Number(rowsCounted)} rows that were counted with the model's vocabulary" : "English chats";
        string error = tokens.ErrorPercent is { } percent ? string.Create(CultureInfo.InvariantCulture, $"; about {percent:0.#} % off over {over}") : "";
        screen.WriteLabelled("Tokens", $"{tokens.Method}{error}.", Screen.Quiet, LabelIndent);
        if (tokens.BillableTokens is { } billable)
        {
            string rows = tokens.ContextLength is { } length ? $"of at most {Number(length)} a row" : "of whole rows (--context-length is not given)";
            string epochs = tokens.Epochs is { } times ? string.Create(CultureInfo.InvariantCulture, $"{times:0.##} epochs") : "1 epoch (--epochs is not given)";
            screen.WriteLabelled("", $"Trained on: {(tokens.IsEstimate ? "about " : "")}{Number(billable)}, {rows}, in {epochs}.", null, LabelIndent);
        }

        screen.Gap();
    }

    private void PrintVerdict(DatasetPreparationResult result, string? folder)
    {
        screen.WriteLabelled(
            result.Refusal is null ? "Valid" : "Refused", Counts(result), result.Refusal is null ? Screen.Good : Screen.Bad, LabelIndent);
        if (folder is not null)
        {
            screen.WriteLabelled("Written to", folder, null, LabelIndent);
        }

        foreach (string file in arguments.Reports)
        {
            screen.WriteLabelled("Report", file, null, LabelIndent);
        }

        if (result.Refusal is { } refusal)
        {
            screen.PrintFailure(refusal);
            if (arguments.Out is not null)
            {
                screen.WriteLabelled("", $"Nothing was written to {arguments.Out}.", null, LabelIndent);
            }
        }
    }

    /// <summary>What became of the rows: those read are the sum of those kept, left out, dropped and not selected.</summary>
    private static string Counts(DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        (string What, long Rows)[] counts = result.Refusal is null
            ?
            [
                ("kept", result.Splits.Sum(split => split.Rows)), ("left out for errors", report.InvalidRows), ("dropped", report.DroppedRows),
                ("not selected", report.UnselectedRows), ("repaired", report.FixedRows), ("with warnings", report.RowsWithWarnings),
            ]
            : [("with errors", report.InvalidRows), ("with warnings", report.RowsWithWarnings)];
        string parts = string.Join(", ", counts.Where(count => count.Rows > 0).Select(count => $"{Number(count.Rows)} {count.What}"));
        return $"{Rows(report.Rows)} read{(parts.Length == 0 ? "" : ": " + parts)}.";
    }

    /// <summary>As compilers write it, so that editors and terminals can go there.</summary>
    private static string Place(DatasetFinding finding) =>
        string.Create(CultureInfo.InvariantCulture, $"{finding.File}:{finding.Line ?? finding.Row}")
        + (finding.Column is { } column ? string.Create(CultureInfo.InvariantCulture, $":{column}") : "")
        + (finding.Line is null || finding.Line == finding.Row ? "" : string.Create(CultureInfo.InvariantCulture, $" (row {finding.Row})"));

    private static string Rows(long count) => count == 1 ? "1 row" : $"{Number(count)} rows";

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>At most nine characters, so that a line of six fits.</summary>
    private static string Short(long value) => value < 10_000_000 ? Number(value) : string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:N0}M");

    private static string Word(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Error => "error",
        FindingSeverity.Warning => "warning",
        _ => "information",
    };

    private static Style StyleOf(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Error => Screen.Bad,
        FindingSeverity.Warning => Screen.Notice,
        _ => Screen.Quiet,
    };

    private sealed record CodeFindings(string Code, FindingSeverity Severity, long Count, IReadOnlyList<DatasetFinding> Shown);
}
