using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Http;

namespace FineTune.Simulator;

/// <summary>The simulator's state as a page for people: one document without scripts or anything from elsewhere. Every text in it is encoded.</summary>
internal static class LandingPage
{
    private const string Style = """
        :root{color-scheme:light dark;--line:#8885;--soft:#8882}
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
        h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
        p{margin:.3rem 0}code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
        th{font-weight:600}th,td:first-child{white-space:nowrap}
        .b{display:inline-block;border-radius:.6rem;padding:0 .6rem;background:var(--soft);white-space:nowrap}
        .good{background:#2a84}.bad{background:#d335}.busy{background:#28d4}.none{opacity:.7}
        """;

    /// <param name="state">What <c>/simulator/state</c> shows.</param>
    /// <param name="requests">The last requests, the youngest first.</param>
    /// <param name="count">How many requests there were.</param>
    /// <param name="plan">What shall go wrong.</param>
    /// <param name="options">How it was started.</param>
    public static string Render(JsonObject state, IReadOnlyList<JsonObject> requests, int count, FaultPlan plan, SimulatorOptions options)
    {
        StringBuilder page = new();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
            .Append("<title>Azure ML simulator</title><style>").Append(Style).Append("</style></head><body><h1>Azure ML simulator</h1><p>Workspace <code>")
            .Append(E(state.Text("workspace"))).Append("</code> in ").Append(E(options.Location)).Append(". Its clock shows ").Append(Time(state.Text("time")))
            .Append(" UTC").Append(options.ClientTimeFactor.Equals(1.0) ? "" : string.Create(CultureInfo.InvariantCulture, $", {options.ClientTimeFactor} times as fast as yours"))
            .Append(". It is ").Append(options.Loose ? "loose: unknown members and wrong spelling are let through." : "strict.")
            .Append("</p><p>The same as JSON: <a href=\"/simulator/state\">state</a>, <a href=\"/simulator/requests\">requests</a>, <a href=\"/simulator/faults\">faults</a>.</p>");
        Jobs(page, Objects(state, "jobs"));
        Table(page, "Clusters", ["Name", "Size", "State"], Objects(state, "computes").Select(one => (string[])
            [E(one.Text("name")), E(one.Text("vmSize")), Badge(one.Text("provisioningState"))]));
        Table(page, "Models", ["Name", "Version", "Job"], Objects(state, "models").Select(one => (string[])
            [E(one.Text("name")), E(one.Text("version")), E(one.Text("jobName"))]));
        Endpoints(page, Objects(state, "endpoints"));
        Table(page, "Faults", ["Kind", "Method", "Path", "Which"], plan.Rules.Select(rule => (string[])
            [E(rule.Kind.ToString()), E(rule.Method ?? "any"), E(rule.Path.Length == 0 ? "any" : rule.Path), E(rule.Nth.ToString(CultureInfo.InvariantCulture))]));
        Table(
            page,
            string.Create(CultureInfo.InvariantCulture, $"Requests: {count}, the last {requests.Count}"),
            ["Time", "Method", "Path", "Status", "Fault"],
            requests.Select(one => (string[])
            [
                Time(one.Text("time")), E(one.Text("method")), $"<code>{E(Short(one.Text("path"), state.Text("workspace")))}</code>", Status(one.Integer("status") ?? 0), E(one.Text("fault")),
            ]));
        return page.Append("</body></html>").ToString();
    }

    /// <summary>Without the part that is the same in most of them.</summary>
    private static string? Short(string? path, string? workspace) => path?.Replace(workspace ?? "", "{workspace}", StringComparison.OrdinalIgnoreCase);

    private static void Jobs(StringBuilder page, IEnumerable<JsonObject> jobs)
    {
        List<string[]> rows = [];
        foreach (JsonObject job in jobs)
        {
            string error = job.Text("error") is { } text ? "<br>" + E(text) : "";
            rows.Add([$"<strong>{E(job.Text("name"))}</strong>{error}", Badge(job.Text("status")), Time(job.Text("startTime")), Time(job.Text("endTime"))]);
            rows.AddRange(Objects(job, "steps").Select(step => (string[])
                ["&emsp;" + E(step.Text("name")), Badge(step.Text("status")), Time(step.Text("startTime")), Time(step.Text("endTime"))]));
        }

        Table(page, "Jobs", ["Job and its steps", "Status", "From", "To"], rows);
    }

    private static void Endpoints(StringBuilder page, IEnumerable<JsonObject> endpoints)
    {
        List<string[]> rows = [];
        foreach (JsonObject endpoint in endpoints)
        {
            JsonObject traffic = endpoint.Object("traffic") ?? [];
            rows.Add([$"<strong>{E(endpoint.Text("name"))}</strong>", "", Badge(endpoint.Text("provisioningState")), ""]);
            rows.AddRange(Objects(endpoint, "deployments").Select(deployment => (string[])
            [
                "&emsp;" + E(deployment.Text("name")),
                E(string.Create(CultureInfo.InvariantCulture, $"{deployment.Integer("instances")} x {deployment.Text("instanceType")}")),
                Badge(deployment.Text("provisioningState")),
                E(string.Create(CultureInfo.InvariantCulture, $"{traffic.Integer(deployment.Text("name") ?? "") ?? 0} %")),
            ]));
        }

        Table(page, "Endpoints", ["Endpoint and its deployments", "Instances", "State", "Traffic"], rows);
    }

    /// <summary>Cells are HTML already.</summary>
    private static void Table(StringBuilder page, string title, string[] columns, IEnumerable<string[]> rows)
    {
        page.Append("<h2>").Append(E(title)).Append("</h2>");
        int length = page.Length;
        foreach (string[] row in rows)
        {
            page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{cell}</td>")).Append("</tr>");
        }

        if (page.Length == length)
        {
            page.Append("<p class=\"none\">None.</p>");
            return;
        }

        page.Insert(length, $"<div class=\"scroll\"><table><thead><tr>{string.Concat(columns.Select(column => $"<th>{E(column)}</th>"))}</tr></thead><tbody>").Append("</tbody></table></div>");
    }

    private static string Badge(string? state)
    {
        string kind = state switch
        {
            "Succeeded" or "Completed" => "good",
            "Failed" or "Canceled" => "bad",
            "NotStarted" or null => "",
            _ => "busy",
        };
        return $"<span class=\"b {kind}\">{E(state)}</span>";
    }

    private static string Status(int status)
    {
        string kind = status switch { 0 or >= 400 => "bad", _ => "good" };
        return $"<span class=\"b {kind}\">{(status == 0 ? "cut off" : status.ToString(CultureInfo.InvariantCulture))}</span>";
    }

    private static string Time(string? time) => time is null
        ? ""
        : E(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));

    private static IEnumerable<JsonObject> Objects(JsonObject parent, string name) => parent[name] is JsonArray array ? array.OfType<JsonObject>() : [];

    private static string E(string? text) => WebUtility.HtmlEncode(text ?? "");
}
