using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Asks the deployment, past the traffic rules, rows of the test split: each conversation up to its last user turn, with the
/// assistant's turn after it as the expected answer. An empty or too short answer fails.
/// </summary>
/// <param name="endpoints">The workspace's endpoints.</param>
/// <param name="records">The run's records.</param>
public sealed class SmokeTestEndpoint(IOnlineEndpoints endpoints, IRunRecords records) : WorkflowActivity<SmokeTesting, SmokeTestSummary>
{
    private static readonly JsonSerializerOptions Indented = new(DurableJson.Options) { WriteIndented = true };

    /// <summary>The registered name.</summary>
    public static ActivityName<SmokeTesting, Outcome<SmokeTestSummary>> Name { get; } = new(nameof(SmokeTestEndpoint));

    /// <inheritdoc/>
    protected override async Task<SmokeTestSummary> DoAsync(SmokeTesting input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        var answers = new List<SmokeTestAnswer>();
        foreach (IReadOnlyList<ChatMessage> row in await ReadRowsAsync(input, cancellationToken))
        {
            int expected = row.Count - 1;
            while (expected > 0 && (row[expected].Role != "assistant" || row[expected - 1].Role != "user"))
            {
                expected--;
            }

            List<ChatMessage> question = expected > 0 ? [.. row.Take(expected)] : [.. row];
            ScoringAnswer answer = await endpoints.ScoreAsync(input.EndpointName, input.DeploymentName, question, input.Test, cancellationToken);
            answers.Add(new SmokeTestAnswer(question[^1].Content, expected > 0 ? row[expected].Content : "", answer.Text, answer.Latency.TotalSeconds));
        }

        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(answers, Indented));
        string uri = await records.WriteAsync(input.RunId, RunRecordNames.SmokeTest, content, "application/json", cancellationToken);
        if (answers.Find(answer => answer.Answer.Trim().Length < input.Test.MinAnswerLength) is { } tooShort)
        {
            throw new UpstreamException(OutcomeKind.Failed, new Failure(
                "SmokeTestFailed", $"An answer has {tooShort.Answer.Trim().Length} characters; at least {input.Test.MinAnswerLength} are asked for.")
            {
                Where = uri,
                NextStep = "Look at the answers: the model may be undertrained, or its answer in a shape that is not known here.",
            });
        }

        return new SmokeTestSummary(answers.Count, TimeSpan.FromSeconds(answers.Max(answer => answer.LatencySeconds)), uri);
    }

    private async Task<IReadOnlyList<IReadOnlyList<ChatMessage>>> ReadRowsAsync(SmokeTesting input, CancellationToken cancellationToken)
    {
        await using RunRecord record = await records.OpenAsync(input.RunId, RunRecordNames.SmokeRows, cancellationToken)
            ?? throw new UpstreamException(OutcomeKind.NotFound, new Failure("RecordGone", $"The record {RunRecordNames.SmokeRows} of run {input.RunId} is gone."));
        using var reader = new StreamReader(record.Content);
        var rows = new List<IReadOnlyList<ChatMessage>>();
        while (rows.Count < input.Test.Rows && await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            using var row = JsonDocument.Parse(line);
            rows.Add(row.RootElement.GetProperty("messages").Deserialize<List<ChatMessage>>(DurableJson.Options)!);
        }

        return rows;
    }
}
