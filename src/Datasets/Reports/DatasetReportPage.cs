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
    private const int ShownPerCode = 20;

    private const string Style = """
        :root{color-scheme:light dark;--page:#f4f6f8;--card:#fff;--ink:#1b2026;--soft:#56606b;--rule:#d5dbe1;--link:#0b57b0;--bar:#4a78b8;--good:#1a7035;--bad:#b3261e;--warn:#7a4d00;--info:#0b57b0}
        @media screen and (prefers-color-scheme:dark){:root{--page:#0e1217;--card:#171d24;--ink:#e6eaef;--soft:#a3aeb9;--rule:#323b45;--link:#7ab7ff;--bar:#6c9bdc;--good:#1f8240;--bad:#cf3a31;--warn:#96650f;--info:#2566b8}}
        *{box-sizing:border-box}body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;max-width:68rem;margin:0 auto;padding:1rem;background:var(--page);color:var(--ink);overflow-wrap:anywhere}
        header,section{background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:1rem 1.2rem;margin:0 0 1rem}header{border-left:.5rem solid var(--tone)}
        h1{font-size:1.5rem;line-height:1.25;margin:0 0 .6rem}h2{font-size:1.15rem;margin:0 0 .6rem}h3{font-size:1rem;margin:0 0 .2rem}p,ul{margin:.4rem 0}ul{padding-left:1.2rem}a{color:var(--link)}
        article{border-top:1px solid var(--rule);padding:.8rem 0 .2rem}.soft{color:var(--soft)}
        .good{--tone:var(--good)}.bad,.error{--tone:var(--bad)}.warning{--tone:var(--warn)}.information{--tone:var(--info)}
        .badge{display:inline-block;background:var(--tone);color:#fff;font-size:.8rem;font-weight:650;padding:.05rem .6rem;border-radius:1rem;white-space:nowrap}
        .scroll{overflow-x:auto}table{border-collapse:collapse;margin:.4rem 0;font-size:.93rem;overflow-wrap:normal}th,td{padding:.25rem 1rem .25rem 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
        th:last-child,td:last-child{padding-right:0}th{color:var(--soft);font-weight:normal}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.t{min-width:14rem}td.f,th.f{overflow-wrap:anywhere;min-width:9rem}th.f{color:var(--ink);padding-top:.7rem}
        code{font:.9em ui-monospace,SFMono-Regular,Consolas,monospace}.figures{display:grid;gap:.4rem 1.6rem;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr))}figure{margin:.4rem 0;min-width:0}figcaption{font-size:.85rem}
        svg{display:block;width:100%;max-width:22rem;height:auto;overflow:visible}.bar{fill:var(--bar)}.axis{stroke:currentColor;stroke-width:1}.mark{stroke:currentColor;stroke-width:1.5;stroke-dasharray:3 2}text{font:11px system-ui,sans-serif;fill:currentColor}
        @media(max-width:40rem){header,section{padding:.8rem .9rem}.list,.list tbody{display:block}.list tr{display:flex;flex-wrap:wrap;column-gap:.9rem;border-bottom:1px solid var(--rule);padding:.25rem 0}.list tr.h{display:none}
        .list td,.list th{border:0;padding:0}.list td.t{flex-basis:100%;overflow-wrap:anywhere}.list td.n:not(:empty)::before{content:attr(title) " ";color:var(--soft)}}
        @media print{body{background:none;padding:0}header,section{break-inside:auto}figure,tr{break-inside:avoid}.badge{print-color-adjust:exact}}
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
            .Append(CultureInfo.InvariantCulture, $"<title>Dataset {Text(title)}</title><style>{Style}</style></head><body>\n");
        string folder = CommonFolder(report.Files);
        Verdict(page, title, result);
        Findings(page, report, folder);
        Splits(page, result);
        Changes(page, report);
        Files(page, report, folder);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Verdict(StringBuilder page, string title, DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        page.Append(CultureInfo.InvariantCulture, $"<header class=\"{(result.Refusal is null ? "good" : "bad")}\"><h1>Dataset {Text(title)}</h1>\n<p><span class=\"badge\">{(result.Refusal is null ? "It can be used." : "It is refused.")}</span></p>\n");
        if (result.Refusal is { } refusal)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p>{Text(refusal.Message)}</p>\n<p><strong>Next step:</strong> {Text(refusal.NextStep ?? "")}</p>\n");
        }

        page.Append(CultureInfo.InvariantCulture, $"<p>{report.Rows:N0} {(report.Rows == 1 ? "row" : "rows")} read: {report.InvalidRows:N0} with errors, {report.RowsWithWarnings:N0} with warnings, {report.FixedRows:N0} repaired, {report.DroppedRows:N0} dropped{(result.Refusal is null ? string.Create(CultureInfo.InvariantCulture, $", {report.UnselectedRows:N0} not selected") : "")}.</p>\n");
        if (report.Warnings.Count > 0)
        {
            page.Append("<ul>");
            foreach (string warning in report.Warnings)
            {
                page.Append(CultureInfo.InvariantCulture, $"<li>{Text(warning)}</li>");
            }

            page.Append("</ul>\n");
        }

        page.Append("</header>\n");
    }

    private static void Splits(StringBuilder page, DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        if (report.Splits.Count == 0)
        {
            return;
        }

        bool isWritten = result.Refusal is null;
        page.Append(isWritten ? "<section><h2>Splits</h2>\n" : "<section><h2>Valid rows</h2>\n<p>Nothing was written. These are the valid rows, as they would have been used.</p>\n");
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><table><tr><th>split</th><th class=\"n\">rows</th>{(isWritten ? "<th class=\"n\">bytes</th>" : "")}<th class=\"n\">tokens</th><th class=\"n\">cut off</th><th class=\"n\">{string.Join(" / ", report.Splits[0].Roles.Keys)}</th>{(isWritten ? "<th>SHA-256</th>" : "")}</tr>\n");
        foreach (SplitStatistics statistics in report.Splits)
        {
            PreparedSplit? split = result.Splits.FirstOrDefault(split => split.Kind == statistics.Kind);
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{split?.FileName ?? statistics.Kind.ToString()}</td><td class=\"n\">{statistics.Rows:N0}</td>{(split is null ? "" : string.Create(CultureInfo.InvariantCulture, $"<td class=\"n\">{split.Bytes:N0}</td>"))}<td class=\"n\">{statistics.TotalTokens:N0}</td><td class=\"n\">{statistics.TruncatedRows:N0}</td>");
            page.Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{string.Join(" / ", statistics.Roles.Values.Select(count => count.ToString("N0", CultureInfo.InvariantCulture)))}</td>{(split is null ? "" : $"<td><code>{split.Sha256[..16]}…</code></td>")}</tr>\n");
        }

        page.Append("</table></div>\n");
        if (report.Tokens is { } tokens)
        {
            Tokens(page, tokens, isWritten);
        }

        foreach (SplitStatistics statistics in report.Splits)
        {
            page.Append(CultureInfo.InvariantCulture, $"<article><h3>{statistics.Kind}</h3><div class=\"figures\">\n");
            Figure(page, "Turns a row", statistics.Turns);
            Figure(page, "Characters a row", statistics.Characters);
            Figure(page, report.Tokens?.IsEstimate == true ? "Tokens a row (estimate)" : "Tokens a row", statistics.Tokens);
            page.Append("</div></article>\n");
        }

        page.Append("</section>\n");
    }

    private static void Tokens(StringBuilder page, TokenReport tokens, bool isWritten)
    {
        page.Append(CultureInfo.InvariantCulture, $"<p>Tokens: {Text(tokens.Method)}.");
        if (tokens is { IsEstimate: true, ErrorPercent: { } error })
        {
            string over = tokens.CountedRows is > 0 and var counted ? string.Create(CultureInfo.InvariantCulture, $"the {counted:N0} rows that were counted with the model's vocabulary") : "English chats";
            page.Append(CultureInfo.InvariantCulture, $" <strong>An estimate</strong>, {error:0.#} % off over {over}.");
        }

        if (isWritten && tokens.BillableTokens is { } billable)
        {
            string context = tokens.ContextLength is { } length ? string.Create(CultureInfo.InvariantCulture, $"at most {length:N0} a row") : "of whole rows (the context length is not known)";
            page.Append(CultureInfo.InvariantCulture, $" Trained on: <strong>{billable:N0}</strong> tokens, {context}, in {tokens.Epochs ?? 1:0.##} {(tokens.Epochs is null or 1 ? "epoch" : "epochs")}.");
        }

        page.Append("</p>\n");
    }

    /// <summary>A histogram with the median and both 5 % marks, and the numbers below it in words.</summary>
    private static void Figure(StringBuilder page, string caption, ValueDistribution values)
    {
        const int Width = 280;
        const int Height = 110;
        const int Base = 95;
        long most = Math.Max(1, values.Bins.Count == 0 ? 1 : values.Bins.Max(bin => bin.Rows));
        string numbers = string.Create(CultureInfo.InvariantCulture, $"min {values.Min:N0}, 5\u00a0% {values.P5:N0}, median {values.Median:N0}, mean {values.Mean:N1}, 95\u00a0% {values.P95:N0}, max {values.Max:N0}");
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

    private static void Findings(StringBuilder page, DatasetReport report, string folder)
    {
        page.Append("<section><h2>Findings</h2>\n");
        if (report.FindingCounts.Count == 0)
        {
            page.Append("<p>None.</p></section>\n");
            return;
        }

        // Of each code at least one finding is listed, and all findings of a code are of one severity.
        (string Code, FindingSeverity Severity, long Count, DatasetFinding[] Listed)[] codes =
        [
            .. report.Findings.GroupBy(finding => finding.Code, StringComparer.Ordinal)
                .Select(listed => (Code: listed.Key, listed.First().Severity, Count: report.FindingCounts[listed.Key], Listed: listed.ToArray()))
                .OrderBy(code => code.Severity).ThenByDescending(code => code.Count).ThenBy(code => code.Code, StringComparer.Ordinal),
        ];
        page.Append("<table><tr><th>severity</th><th class=\"n\">rows</th><th>code</th></tr>\n");
        foreach ((string code, FindingSeverity severity, long count, _) in codes)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Badge(severity)}</td><td class=\"n\">{count:N0}</td><td class=\"f\"><a href=\"#{Text(code)}\">{Text(code)}</a></td></tr>\n");
        }

        page.Append("</table>\n");
        foreach ((string code, FindingSeverity severity, long count, DatasetFinding[] listed) in codes)
        {
            page.Append(CultureInfo.InvariantCulture, $"<article id=\"{Text(code)}\"><h3>{Badge(severity)} {Text(code)} <span class=\"soft\">in {count:N0} {(count == 1 ? "row" : "rows")}</span></h3>\n<p><strong>Next step:</strong> {Text(FindingAdvice.For(code))}</p>\n");
            Listed(page, [.. listed.Take(ShownPerCode)], report.Files.Count > 1, folder);
            if (count > ShownPerCode)
            {
                page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">The first {Math.Min(ShownPerCode, listed.Length):N0} of {count:N0}; report.json has {(count > listed.Length ? string.Create(CultureInfo.InvariantCulture, $"{listed.Length:N0}") : "all")}.</p>\n");
            }

            page.Append("</article>\n");
        }

        page.Append("</section>\n");
    }

    /// <summary>Findings of one code: a file's name stands once, and only where there are several files; columns without a value are left out.</summary>
    private static void Listed(StringBuilder page, DatasetFinding[] findings, bool hasFiles, string folder)
    {
        bool hasLine = Array.Exists(findings, finding => finding.Line is not null);
        bool hasColumn = Array.Exists(findings, finding => finding.Column is not null);
        bool hasPath = Array.Exists(findings, finding => finding.Path is not null);
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"scroll\"><table class=\"list\"><tr class=\"h\"><th class=\"n\">row</th>{(hasLine ? "<th class=\"n\">line</th>" : "")}{(hasColumn ? "<th class=\"n\">column</th>" : "")}{(hasPath ? "<th>path</th>" : "")}<th>what is wrong</th></tr>\n");
        string? file = null;
        foreach (DatasetFinding finding in findings)
        {
            if (hasFiles && finding.File != file)
            {
                file = finding.File;
                page.Append(CultureInfo.InvariantCulture, $"<tr><th class=\"f\" colspan=\"{2 + (hasLine ? 1 : 0) + (hasColumn ? 1 : 0) + (hasPath ? 1 : 0)}\">{Text(file[folder.Length..])}</th></tr>\n");
            }

            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"n\" title=\"row\">{finding.Row}</td>{(hasLine ? $"<td class=\"n\" title=\"line\">{finding.Line}</td>" : "")}{(hasColumn ? $"<td class=\"n\" title=\"column\">{finding.Column}</td>" : "")}{(hasPath ? $"<td><code>{Text(finding.Path ?? "")}</code></td>" : "")}<td class=\"t\">{Text(finding.Reason)}");
            page.Append(finding.Excerpt is null ? "</td></tr>\n" : $"<br><code>{Text(finding.Excerpt)}</code></td></tr>\n");
        }

        page.Append("</table></div>\n");
    }

    private static string Badge(FindingSeverity severity)
    {
        string word = severity switch
        {
            FindingSeverity.Error => "error",
            FindingSeverity.Warning => "warning",
            _ => "information",
        };
        return $"<span class=\"badge {word}\">{word}</span>";
    }

    private static void Changes(StringBuilder page, DatasetReport report)
    {
        if (report.ChangeCounts.Count == 0)
        {
            return;
        }

        page.Append(CultureInfo.InvariantCulture, $"<section><h2>Changes ({report.Repair})</h2><table><tr><th>change</th><th class=\"n\">rows</th></tr>");
        foreach ((string change, long count) in report.ChangeCounts)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(change)}</td><td class=\"n\">{count:N0}</td></tr>");
        }

        page.Append("</table><p>changes.csv names every row.</p></section>\n");
    }

    private static void Files(StringBuilder page, DatasetReport report, string folder)
    {
        page.Append("<section><h2>Files</h2>\n");
        if (folder.Length > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">In {Text(folder)}</p>\n");
        }

        page.Append("<div class=\"scroll\"><table><tr><th>file</th><th>format</th><th>split</th><th class=\"n\">rows</th><th class=\"n\">bytes</th><th>XXH128</th></tr>\n");
        foreach (SourceFileReport file in report.Files)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"f\">{Text(file.Name[folder.Length..])}</td><td>{Text(file.Format ?? "")}</td><td>{file.Split?.ToString() ?? "by hash"}</td><td class=\"n\">{file.Rows:N0}</td><td class=\"n\">{file.Bytes:N0}</td><td><code>{file.Xxh128?[..16]}…</code></td></tr>\n");
        }

        page.Append("</table></div></section>\n");
    }

    /// <summary>The folders that all files are in, with a slash at the end: names are read without them.</summary>
    private static string CommonFolder(IReadOnlyList<SourceFileReport> files)
    {
        string common = files.Count == 0 ? "" : files[0].Name;
        foreach (SourceFileReport file in files)
        {
            common = common[..common.AsSpan().CommonPrefixLength(file.Name)];
        }

        return common[..(common.LastIndexOf('/') + 1)];
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
