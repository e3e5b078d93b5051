using System.Globalization;
using System.Net;
using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Reports;

/// <summary>
/// A dataset's report as one page of HTML: no script, no other file, readable on paper and without colour. Every text is escaped,
/// and a policy forbids the page to load anything.
/// </summary>
public static class DatasetReportPage
{
    private const int ShownFindings = 200;

    private const string Style = """
        :root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;margin:.5rem 0}
        th,td{padding:.2rem .7rem;border-bottom:1px solid #8886;text-align:left;vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
        code{font-size:.9em}figure{margin:.6rem .8rem .6rem 0;display:inline-block;width:18.4rem;max-width:100%;vertical-align:top}figcaption{font-size:.85rem}
        svg{display:block;max-width:100%;overflow:visible}td.f{overflow-wrap:anywhere;min-width:9rem}.scroll{overflow-x:auto}.bar{fill:#4a78b8}.axis{stroke:currentColor;stroke-width:1}.mark{stroke:currentColor;stroke-width:1.5;stroke-dasharray:3 2}text{font:11px system-ui,sans-serif;fill:currentColor}
        .verdict{border-left:.4rem solid currentColor;padding:.3rem 1rem}
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="title">The dataset's name.</param>
    /// <param name="result">What was found.</param>
    /// <returns>The whole document.</returns>
    public static string Write(string title, DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        var page = new StringBuilder(1 << 15);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
            .Append(CultureInfo.InvariantCulture, $"<title>Dataset {Text(title)}</title><style>{Style}</style></head><body>\n<h1>Dataset {Text(title)}</h1>\n");
        Verdict(page, result);
        Splits(page, result);
        Findings(page, report);
        Changes(page, report);
        Files(page, report);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Verdict(StringBuilder page, DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        page.Append("<p class=\"verdict\"><strong>").Append(result.Refusal is null ? "It can be used." : "It is refused.").Append("</strong> ");
        if (result.Refusal is { } refusal)
        {
            page.Append(CultureInfo.InvariantCulture, $"{Text(refusal.Message)} {Text(refusal.NextStep ?? "")}<br>");
        }

        page.Append(CultureInfo.InvariantCulture, $"{report.Rows:N0} rows read: {report.InvalidRows:N0} with errors, {report.RowsWithWarnings:N0} with warnings, {report.FixedRows:N0} repaired, {report.DroppedRows:N0} dropped{(result.Refusal is null ? string.Create(CultureInfo.InvariantCulture, $", {report.UnselectedRows:N0} not selected") : "")}.</p>\n");
        if (report.Warnings.Count > 0)
        {
            page.Append("<ul>");
            foreach (string warning in report.Warnings)
            {
                page.Append(CultureInfo.InvariantCulture, $"<li>{Text(warning)}</li>");
            }

            page.Append("</ul>\n");
        }
    }

    private static void Splits(StringBuilder page, DatasetPreparationResult result)
    {
        if (result.Splits.Count == 0)
        {
            return;
        }

        page.Append("<h2>Splits</h2><div class=\"scroll\"><table><tr><th>split</th><th class=\"n\">rows</th><th class=\"n\">bytes</th><th class=\"n\">tokens</th><th class=\"n\">cut off</th><th class=\"n\">system / user / assistant</th><th>SHA-256</th></tr>\n");
        foreach ((PreparedSplit split, SplitStatistics statistics) in result.Splits.Zip(result.Report.Splits))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{split.FileName}</td><td class=\"n\">{split.Rows:N0}</td><td class=\"n\">{split.Bytes:N0}</td><td class=\"n\">{statistics.TotalTokens:N0}</td><td class=\"n\">{statistics.TruncatedRows:N0}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{string.Join(" / ", statistics.Roles.Values.Select(count => count.ToString("N0", CultureInfo.InvariantCulture)))}</td><td><code>{split.Sha256[..16]}…</code></td></tr>\n");
        }

        page.Append("</table></div>\n");
        if (result.Report.Tokens is { } tokens)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>Tokens: {Text(tokens.Method)}.");
            if (tokens is { IsEstimate: true, ErrorPercent: { } error })
            {
                page.Append(CultureInfo.InvariantCulture, $" <strong>An estimate</strong>, {error:0.#} % off over English chats.");
            }

            if (tokens.BillableTokens is { } billable)
            {
                string context = tokens.ContextLength is { } length ? string.Create(CultureInfo.InvariantCulture, $"at most {length:N0} a row") : "of whole rows (the context length is not known)";
                page.Append(CultureInfo.InvariantCulture, $" Trained on: <strong>{billable:N0}</strong> tokens, {context}, in {tokens.Epochs ?? 1:0.##} {(tokens.Epochs is null or 1 ? "epoch" : "epochs")}.");
            }

            page.Append("</p>\n");
        }

        foreach (SplitStatistics statistics in result.Report.Splits)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{statistics.Kind}</h2>\n");
            Figure(page, "Turns a row", statistics.Turns);
            Figure(page, "Characters a row", statistics.Characters);
            Figure(page, "Tokens a row (estimate)", statistics.Tokens);
        }
    }

    /// <summary>A histogram with the median and both 5 % marks, and the numbers below it in words.</summary>
    private static void Figure(StringBuilder page, string caption, ValueDistribution values)
    {
        const int Width = 280;
        const int Height = 110;
        const int Base = 95;
        long most = Math.Max(1, values.Bins.Count == 0 ? 1 : values.Bins.Max(bin => bin.Rows));
        string numbers = string.Create(CultureInfo.InvariantCulture, $"min {values.Min:N0}, 5 % {values.P5:N0}, median {values.Median:N0}, mean {values.Mean:N1}, 95 % {values.P95:N0}, max {values.Max:N0}");
        page.Append(CultureInfo.InvariantCulture, $"<figure><svg width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{caption}: {numbers}\">");
        double bar = (double)Width / Math.Max(1, values.Bins.Count);
        for (int i = 0; i < values.Bins.Count; i++)
        {
            HistogramBin bin = values.Bins[i];
            double height = bin.Rows == 0 ? 0 : Math.Max(1, 80.0 * bin.Rows / most);
            page.Append(CultureInfo.InvariantCulture, $"<rect class=\"bar\" x=\"{i * bar:0.#}\" y=\"{Base - height:0.#}\" width=\"{Math.Max(1, bar - 1):0.#}\" height=\"{height:0.#}\"><title>{bin.From:N0} to {bin.To:N0}: {bin.Rows:N0} rows</title></rect>");
        }

        Marks(page, values);
        string last = values.Bins.Count == 0 ? "" : values.Bins[^1].From.ToString("N0", CultureInfo.InvariantCulture) + (values.Bins[^1].To > values.Bins[^1].From ? "+" : "");
        page.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"0\" y1=\"{Base}\" x2=\"{Width}\" y2=\"{Base}\"/><text x=\"0\" y=\"{Height - 3}\">{values.Min:N0}</text><text x=\"{Width}\" y=\"{Height - 3}\" text-anchor=\"end\">{last}</text></svg>");
        page.Append(CultureInfo.InvariantCulture, $"<figcaption><strong>{caption}</strong><br>{numbers}</figcaption></figure>\n");
    }

    /// <summary>Marks of one bar share a label, and a label gives way to the one before it.</summary>
    private static void Marks(StringBuilder page, ValueDistribution values)
    {
        const double LabelWidth = 30;
        double lastEnd = double.NegativeInfinity;
        foreach (IGrouping<int, string> bar in new[] { (values.P5, "5%"), (values.Median, "½"), (values.P95, "95%") }
            .GroupBy(mark => BinOf(values, mark.Item1), mark => mark.Item2).Where(bar => bar.Key >= 0))
        {
            double x = (bar.Key + 0.5) * 280 / values.Bins.Count;
            double label = Math.Max(x, lastEnd + (LabelWidth / 2));
            lastEnd = label + (LabelWidth / 2);
            page.Append(CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{x:0.#}\" y1=\"12\" x2=\"{x:0.#}\" y2=\"95\"/><text x=\"{label:0.#}\" y=\"10\" text-anchor=\"middle\">{string.Join(", ", bar)}</text>");
        }
    }

    private static int BinOf(ValueDistribution values, long value)
    {
        int index = values.Bins.Count - 1;
        while (index > 0 && values.Bins[index].From > value)
        {
            index--;
        }

        return index;
    }

    private static void Findings(StringBuilder page, DatasetReport report)
    {
        page.Append("<h2>Findings</h2>");
        if (report.FindingCounts.Count == 0)
        {
            page.Append("<p>None.</p>\n");
            return;
        }

        page.Append("<table><tr><th>code</th><th>severity</th><th class=\"n\">rows</th></tr>");
        foreach ((string code, long count) in report.FindingCounts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Text(code)}</code></td><td>{report.Findings.FirstOrDefault(finding => finding.Code == code)?.Severity.ToString() ?? ""}</td><td class=\"n\">{count:N0}</td></tr>");
        }

        long total = report.FindingCounts.Values.Sum();
        int shown = Math.Min(ShownFindings, report.Findings.Count);
        page.Append("</table>\n");
        if (total > shown)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>The first {shown:N0} of {total:N0}; report.json has more.</p>");
        }

        page.Append("<div class=\"scroll\"><table><tr><th>file</th><th class=\"n\">row</th><th class=\"n\">line</th><th class=\"n\">column</th><th>path</th><th>code</th><th>what is wrong</th></tr>\n");
        foreach (DatasetFinding finding in report.Findings.Take(ShownFindings))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"f\">{Text(finding.File)}</td><td class=\"n\">{finding.Row}</td><td class=\"n\">{finding.Line}</td><td class=\"n\">{finding.Column}</td><td><code>{Text(finding.Path ?? "")}</code></td><td><code>{Text(finding.Code)}</code></td><td>{Text(finding.Reason)}");
            page.Append(finding.Excerpt is null ? "</td></tr>\n" : $"<br><code>{Text(finding.Excerpt)}</code></td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static void Changes(StringBuilder page, DatasetReport report)
    {
        if (report.ChangeCounts.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<h2>Changes ({report.Repair})</h2><table><tr><th>change</th><th class=\"n\">rows</th></tr>");
        foreach ((string change, long count) in report.ChangeCounts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(change)}</td><td class=\"n\">{count:N0}</td></tr>");
        }

        page.Append("</table><p>changes.csv names every row.</p>\n");
    }

    private static void Files(StringBuilder page, DatasetReport report)
    {
        page.Append("<h2>Files</h2><div class=\"scroll\"><table><tr><th>file</th><th>format</th><th>split</th><th class=\"n\">rows</th><th class=\"n\">bytes</th><th>SHA-256</th></tr>\n");
        foreach (SourceFileReport file in report.Files)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"f\">{Text(file.Name)}</td><td>{Text(file.Format ?? "")}</td><td>{file.Split?.ToString() ?? "by hash"}</td><td class=\"n\">{file.Rows:N0}</td><td class=\"n\">{file.Bytes:N0}</td><td><code>{file.Sha256?[..16]}…</code></td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
