using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Reports;

namespace FineTune.Workflow.Tests.Reports;

public sealed class PublishReportTests
{
    private readonly InMemoryRecords _records = new();

    [Fact]
    public async Task Report_is_written_as_data_and_as_a_page_and_the_page_s_address_comes_back()
    {
        RunStatus status = ReportSamples.Full("run-1");
        IReadOnlyList<MetricSeries> curves = [ReportSamples.Curve("loss", (1, 2), (2, double.NaN))];
        _records.Put(RunRecordNames.Metrics, curves);
        _records.Put(RunRecordNames.SmokeTest, ReportSamples.Answers());

        Outcome<string> outcome = await PublishAsync(status);

        Assert.Equal("https://records/run-1/report.html", outcome.Value);
        Assert.Equal(RunReportPage.Render(status, curves, ReportSamples.Answers()), Text(RunRecordNames.ReportPage));
        Assert.Equal("text/html; charset=utf-8", _records.Contents[RunRecordNames.ReportPage].Type);
        RunStatus data = JsonSerializer.Deserialize<RunStatus>(Text(RunRecordNames.Report), DurableJson.Options)!;
        Assert.Equal(status.Failure, data.Failure);
    }

    [Fact]
    public async Task Run_that_stopped_before_it_had_records_gets_its_report()
    {
        RunStatus status = ReportSamples.Full("run-1", RunState.Canceled);

        Assert.True((await PublishAsync(status)).IsSuccess);

        Assert.Equal(RunReportPage.Render(status, [], []), Text(RunRecordNames.ReportPage));
    }

    [Fact]
    public async Task Publishing_twice_leaves_the_same_report()
    {
        await PublishAsync(ReportSamples.Full("run-1"));
        Dictionary<string, (string Type, byte[] Content)> first = new(_records.Contents);
        await PublishAsync(ReportSamples.Full("run-1"));

        Assert.Equal(first.Select(item => (item.Key, Convert.ToHexString(item.Value.Content))), _records.Contents.Select(item => (item.Key, Convert.ToHexString(item.Value.Content))));
    }

    private Task<Outcome<string>> PublishAsync(RunStatus status) =>
        new PublishReport(_records).RunAsync(new ActivityContext(status.RunId, nameof(PublishReport)), status, CancellationToken.None);

    private string Text(string name) => Encoding.UTF8.GetString(_records.Contents[name].Content);

    private sealed class InMemoryRecords : IRunRecords
    {
        public SortedDictionary<string, (string Type, byte[] Content)> Contents { get; } = new(StringComparer.Ordinal);

        public void Put<T>(string name, T value) => Contents[name] = ("application/json", JsonSerializer.SerializeToUtf8Bytes(value, DurableJson.Options));

        public async Task<string> WriteAsync(string runId, string name, Stream content, string contentType, CancellationToken cancellationToken = default)
        {
            using var copy = new MemoryStream();
            await content.CopyToAsync(copy, cancellationToken);
            Contents[name] = (contentType, copy.ToArray());
            return $"https://records/{runId}/{name}";
        }

        public Task<RunRecord?> OpenAsync(string runId, string name, CancellationToken cancellationToken = default) =>
            Task.FromResult(Contents.TryGetValue(name, out (string Type, byte[] Content) record) ? new RunRecord(new MemoryStream(record.Content), record.Type) : null);
    }
}
