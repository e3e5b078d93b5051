using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Reports;

/// <summary>What the training logged: curves, epochs, last values.</summary>
internal static class TrainingSection
{
    private const int MaxMetrics = 100;

    /// <summary>Shows the training of a run.</summary>
    /// <param name="status">The run.</param>
    /// <param name="curves">All curves of all of the job's MLflow runs.</param>
    /// <param name="metrics">The curves in few words.</param>
    /// <returns>The section; nothing for a run that never had a job.</returns>
    public static Html Render(RunStatus status, IReadOnlyList<MetricSeries> curves, MetricSummary metrics)
    {
        if (status.Job is null && curves.Count == 0)
        {
            return default;
        }

        IReadOnlyList<EpochLoss> epochs = metrics.LossPerEpoch.Count > 0 ? metrics.LossPerEpoch : status.Job?.Epochs ?? [];
        IReadOnlyList<MetricPoint> Curve(string key) => curves
            .Where(series => series.Key == key)
            .OrderBy(series => series.RunId == metrics.TrainingRunId ? 0 : 1)
            .ThenByDescending(series => series.Points.Count)
            .FirstOrDefault()?.Points ?? [];
        return Html.Of($"""
            <section><h2>Training</h2>
            {(status.Job is { } progress ? Job(progress.Job) : default)}
            {(curves.Count == 0 ? Html.Of($"<p>There are no curves: the run stopped before its metrics were read.</p>") : default)}
            <div class="charts">
            {LineChart.Render("loss", "Loss", [new("train", "train", Curve("loss")), new("eval", "eval", Curve("eval_loss"))])}
            {LineChart.Render("rate", "Learning rate", [new("rate", "rate", Curve("learning_rate"))])}
            </div>
            <div class="pair">
            {(epochs.Count == 0 ? default : Epochs(epochs))}
            {(curves.Count == 0 ? default : LastMetrics(curves))}
            </div>
            </section>
            """);
    }

    private static Html Job(JobSnapshot job) => Html.Of($"""
        <dl>
        <div><dt>Job</dt><dd><code>{job.Name}</code></dd></div>
        <div><dt>Status</dt><dd>{job.Status}</dd></div>
        {(job.StudioUrl is null ? default : Html.Of($"""<div class="wide"><dt>Studio</dt><dd>{Html.Link(job.StudioUrl)}</dd></div>"""))}
        {(job.Steps.Count == 0 ? default : Html.Of($"""<div class="wide"><dt>Pipeline</dt><dd>{Steps(job)}</dd></div>"""))}
        </dl>
        """);

    private static string Steps(JobSnapshot job) => string.Join(" → ", job.Steps.Select(step => $"{step.Name} ({step.Status})"));

    private static Html Epochs(IReadOnlyList<EpochLoss> epochs) => Html.Of($"""
        <div><h3>Epochs</h3>
        <div class="scroll" role="region" aria-label="Epochs" tabindex="0"><table>
        <thead><tr><th scope="col" class="number">Epoch</th>
        <th scope="col" class="number">Train loss, mean</th><th scope="col" class="number">Eval loss, last</th></tr></thead>
        <tbody>
        {Html.Each(epochs, epoch => Html.Of($"""
            <tr><th scope="row" class="number">{epoch.Epoch}</th><td class="number">{Loss(epoch.TrainLoss)}</td><td class="number">{Loss(epoch.EvalLoss)}</td></tr>
            """))}
        </tbody></table></div></div>
        """);

    private static Html LastMetrics(IReadOnlyList<MetricSeries> curves)
    {
        MetricSeries[] logged =
        [
            .. curves.Where(series => series.Points.Count > 0)
                .OrderBy(series => series.RunId, StringComparer.Ordinal).ThenBy(series => series.Key, StringComparer.Ordinal),
        ];
        bool manyRuns = logged.Select(series => series.RunId).Distinct(StringComparer.Ordinal).Skip(1).Any();
        string Step(MetricSeries series) => series.Points[^1].Step.ToString("N0", CultureInfo.InvariantCulture);
        return Html.Of($"""
            <div><h3>Last metrics</h3>
            <div class="scroll" role="region" aria-label="Last metrics" tabindex="0"><table>
            <thead><tr><th scope="col">Metric</th><th scope="col" class="number">Last value</th><th scope="col" class="number">Step</th>
            {(manyRuns ? Html.Of($"""<th scope="col">MLflow run</th>""") : default)}</tr></thead>
            <tbody>
            {Html.Each(logged.Take(MaxMetrics), series => Html.Of($"""
                <tr><th scope="row"><code>{series.Key}</code></th><td class="number">{Words.Number(series.Points[^1].Value)}</td>
                <td class="number">{Step(series)}</td>{(manyRuns ? Html.Of($"<td><code>{series.RunId}</code></td>") : default)}</tr>
                """))}
            </tbody></table></div>
            {(logged.Length > MaxMetrics ? Html.Of($"<p>The first {MaxMetrics} of {logged.Length} metrics.</p>") : default)}</div>
            """);
    }

    private static string Loss(double? loss) => loss is { } value ? Words.Number(value) : "–";
}
