using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Reports;

/// <summary>The report of one run as a page to look at: no scripts, nothing loaded from elsewhere, the same bytes for the same run.</summary>
public static class RunReportPage
{
    /// <summary>
    /// Renders the page. It is HTML that is also well-formed XML. Training data, the model's answers and the service's messages
    /// are shown as text, each up to 2,000 characters; a curve is drawn with at most 400 points.
    /// </summary>
    /// <param name="status">The run, at its end or at any point before.</param>
    /// <param name="curves">The job's metrics; empty when none were read. NaN and infinities are shown as what they are.</param>
    /// <param name="answers">The smoke test; empty when there was none.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static string Render(RunStatus status, IReadOnlyList<MetricSeries> curves, IReadOnlyList<SmokeTestAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(curves);
        ArgumentNullException.ThrowIfNull(answers);
        MetricSummary metrics = curves.Count == 0 ? new MetricSummary() : MetricReview.Summarize(curves);
        return Html.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="referrer" content="no-referrer"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"/>
            <title>{Words.State(status.State)}: {status.DisplayName ?? status.RunId}</title>
            <style>
            {ReportStyle.Sheet}
            </style>
            </head>
            <body>
            <header class="{Verdict(status.State).Style}">
            <p class="verdict"><span class="badge"><span aria-hidden="true">{Verdict(status.State).Sign}</span> {Words.State(status.State)}</span> {Outcome(status)}</p>
            <h1 dir="auto">{status.DisplayName ?? status.RunId}</h1>
            {Facts(status)}
            </header>
            <main>
            {Tiles(status, metrics, answers)}
            {(status.Failure is { } failure ? Trouble(failure, status.State == RunState.Canceled ? "Why it was canceled" : "Why it failed") : default)}
            {(status.Job?.Job.Error is { } error && error != status.Failure ? Trouble(error, "What the job says") : default)}
            {Warnings([.. status.Warnings.Concat(metrics.Warnings).Distinct(StringComparer.Ordinal)])}
            <section><h2>Timeline</h2>{Timeline.Render(status)}</section>
            {TrainingSection.Render(status, curves, metrics)}
            {SmokeTest(status.SmokeTest, answers)}
            {ModelAndEndpoint(status)}
            {Dataset(status)}
            </main>
            <footer><p>The run as of {Words.Moment(status.UpdatedAt)}.
            The same as data, with every point and the whole texts: {Html.Each(DataRecords(curves, answers), name => Html.Of($"""<a href="{name}">{name}</a>"""))}</p></footer>
            </body>
            </html>

            """).ToString();
    }

    private static (string Style, string Sign) Verdict(RunState state) => state switch
    {
        RunState.Completed => ("good", "✓"),
        RunState.Failed => ("bad", "✗"),
        RunState.Canceled => ("stopped", "■"),
        _ => ("active", "▶"),
    };

    private static string Outcome(RunStatus status) => (status.State, status.Failure, status.Endpoint) switch
    {
        (_, { } failure, _) => failure.Message,
        (RunState.Completed, _, { Deleted: true }) => "The model is trained, tested and registered; its endpoint is deleted.",
        (RunState.Completed, _, { Deleted: false }) => "The model is trained, tested and registered; its endpoint is kept and bills until somebody deletes it.",
        (RunState.Failed or RunState.Canceled or RunState.Completed, _, _) => "",
        _ => "Not ended yet.",
    };

    // The records lie beside this page, wherever that is.
    private static IEnumerable<string> DataRecords(IReadOnlyList<MetricSeries> curves, IReadOnlyList<SmokeTestAnswer> answers) =>
        new[] { RunRecordNames.Report, curves.Count > 0 ? RunRecordNames.Metrics : null, answers.Count > 0 ? RunRecordNames.SmokeTest : null }.OfType<string>();

    private static Html Facts(RunStatus status)
    {
        bool ended = RunTransitions.IsTerminal(status.State);
        TimeSpan duration = status.UpdatedAt > status.StartedAt ? status.UpdatedAt - status.StartedAt : TimeSpan.Zero;
        return Html.Of($"""
            <dl>
            <div><dt>Run</dt><dd><code>{status.RunId}</code></dd></div>
            <div><dt>Dataset</dt><dd><code>{status.DatasetPath ?? "–"}</code></dd></div>
            <div><dt>Started</dt><dd>{Words.Moment(status.StartedAt)}</dd></div>
            <div><dt>{(ended ? "Ended" : "As of")}</dt><dd>{Words.Moment(status.UpdatedAt)}</dd></div>
            <div><dt>Duration</dt><dd>{Words.Duration(duration)}</dd></div>
            </dl>
            """);
    }

    private static Html Tiles(RunStatus status, MetricSummary metrics, IReadOnlyList<SmokeTestAnswer> answers)
    {
        List<Html> tiles = [];
        void Add(string name, string value, string note) => tiles.Add(Html.Of($"<div><dt>{name}</dt><dd><b>{value}</b> {note}</dd></div>"));
        if (metrics.LastEvalLoss is { } last)
        {
            double change = metrics.FirstEvalLoss is { } first && first != 0 ? (last - first) / Math.Abs(first) : 0;
            Add("Eval loss", Words.Number(last), change == 0 ? "" : FormattableString.Invariant($"{change:+0 %;−0 %;±0 %} since the first evaluation"));
        }

        if (metrics.TrainLoss is { } train)
        {
            Add("Train loss", Words.Number(train), "");
        }

        if (metrics.Epochs is { } epochs)
        {
            bool timed = metrics.TrainSeconds is >= 0 and < 1e9;
            Add("Epochs", Words.Number(epochs), timed ? $"in {Words.Duration(TimeSpan.FromSeconds(metrics.TrainSeconds!.Value))}" : "");
        }

        if (answers.Count > 0)
        {
            Add("Smoke test", Words.Count(answers.Count, "answer"), $"slowest {Words.Seconds(answers.Max(answer => answer.LatencySeconds))} s");
        }

        if (status.Model is { } model)
        {
            Add("Model", $"{model.Name}:{model.Version}", "");
        }

        return tiles.Count == 0 ? default : Html.Of($"""<dl class="tiles">{Html.Each(tiles, tile => tile)}</dl>""");
    }

    private static Html Trouble(Failure failure, string heading)
    {
        static Html Row(string name, string? value) => value is null ? default : Html.Of($"""<div><dt>{name}</dt><dd dir="auto">{value}</dd></div>""");
        return Html.Of($"""
            <section class="trouble"><h2>{heading}</h2>
            <p dir="auto">{failure.Message}</p>
            {(failure.NextStep is null ? default : Html.Of($"""<p class="next" dir="auto"><b>Next step:</b> {failure.NextStep}</p>"""))}
            <dl>
            {Row("Code", failure.Code)}
            {Row("Where", failure.Where)}
            {Row("Service's code", failure.UpstreamCode)}
            {Row("Request id", failure.RequestId)}
            </dl></section>
            """);
    }

    private static Html Warnings(IReadOnlyList<string> warnings) => warnings.Count == 0 ? default : Html.Of($"""
        <section><h2>Warnings</h2><ul>
        {Html.Each(warnings, warning => Html.Of($"""<li dir="auto">{warning}</li>"""))}
        </ul></section>
        """);

    private static Html SmokeTest(SmokeTestSummary? summary, IReadOnlyList<SmokeTestAnswer> answers)
    {
        if (answers.Count == 0)
        {
            return default;
        }

        return Html.Of($"""
            <section><h2>Smoke test</h2>
            {Html.Each(answers.Index(), item => Html.Of($"""
                <article><h3>Question {item.Index + 1} <small>answered in {Words.Seconds(item.Item.LatencySeconds)} s</small></h3>
                <p class="text" dir="auto">{item.Item.Question}</p>
                <div class="pair">
                <div><h4>Expected</h4>{Answer(item.Item.Expected, "The row has no answer.")}</div>
                <div><h4>Answer</h4>{Answer(item.Item.Answer, "The answer is empty.")}</div>
                </div></article>
                """))}
            {(summary is null ? default : Html.Of($"<p>All of it: {Html.Link(summary.RecordUri)}</p>"))}
            </section>
            """);
    }

    private static Html Answer(string text, string none) => string.IsNullOrWhiteSpace(text)
        ? Html.Of($"""<p class="text none">{none}</p>""")
        : Html.Of($"""<p class="text" dir="auto">{text}</p>""");

    private static Html ModelAndEndpoint(RunStatus status)
    {
        if (status.Model is null && status.Endpoint is null)
        {
            return default;
        }

        Html model = status.Model is not { } registered ? default : Html.Of($"""
            <div><dt>Model</dt><dd><code>{registered.Name}:{registered.Version}</code></dd></div>
            <div class="wide"><dt>Model id</dt><dd><code>{registered.Id}</code></dd></div>
            """);
        Html endpoint = status.Endpoint is not { } created ? default : Html.Of($"""
            <div><dt>Endpoint</dt><dd><code>{created.Name}</code>, deployment <code>{created.Deployment}</code></dd></div>
            <div><dt>Its end</dt><dd>{End(created)}</dd></div>
            {(created.ScoringUri is null ? default : Html.Of($"""<div class="wide"><dt>Scoring address</dt><dd><code>{created.ScoringUri}</code></dd></div>"""))}
            """);
        return Html.Of($"<section><h2>Model and endpoint</h2><dl>{model}{endpoint}</dl></section>");
    }

    private static Html End(EndpointStatus endpoint) => endpoint switch
    {
        { Deleted: true } => Html.Of($"<b>deleted</b>: nothing of it bills"),
        { ExpiresAt: { } expiry } => Html.Of($"<b>expires</b> {Words.Moment(expiry)}"),
        _ => Html.Of($"<b>kept</b>: it bills until somebody deletes it"),
    };

    private static Html Dataset(RunStatus status)
    {
        if (status.DatasetReportUri is null && status.Findings.Count == 0)
        {
            return default;
        }

        Html findings = status.Findings.Count == 0 ? Html.Of($"<p>No row breaks a rule.</p>") : Html.Of($"""
            <div class="scroll" role="region" aria-label="Findings" tabindex="0"><table>
            <caption>The first findings</caption>
            <thead><tr><th scope="col">Code</th><th scope="col">File</th><th scope="col" class="number">Row</th><th scope="col" class="number">Column</th>
            <th scope="col">Path</th><th scope="col">Reason</th></tr></thead>
            <tbody>
            {Html.Each(status.Findings, finding => Html.Of($"""
                <tr><th scope="row">{finding.Code}</th><td><code>{finding.File}</code></td><td class="number">{finding.Row}</td>
                <td class="number">{(finding.Column is { } column ? Html.Of($"{column}") : Html.Of($"–"))}</td>
                <td><code>{finding.Path ?? "–"}</code></td><td dir="auto">{finding.Reason}</td></tr>
                """))}
            </tbody></table></div>
            """);
        return Html.Of($"""
            <section><h2>Dataset</h2>
            {findings}
            {(status.DatasetReportUri is null ? default : Html.Of($"<p>Dataset report: {Html.Link(status.DatasetReportUri)}</p>"))}
            </section>
            """);
    }
}
