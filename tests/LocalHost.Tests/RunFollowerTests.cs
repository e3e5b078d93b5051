using System.Net;
using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Durable.Embedded;
using FineTune.LocalHost.Client;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Tests;

public sealed class RunFollowerTests : IDisposable
{
    private readonly SkippingTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
    private readonly Answers _answers = new();
    private readonly FineTuneClient _client;

    public RunFollowerTests()
    {
        _client = new FineTuneClient(new Uri("http://127.0.0.1:7071"), _answers);
    }

    public void Dispose()
    {
        _client.Dispose();
        _answers.Dispose();
    }

    [Fact]
    public async Task Each_change_is_told_once_to_the_end_of_the_run()
    {
        _answers.Add(RunState.Planning).Add(RunState.Planning).Add(RunState.Training).Add(RunState.Completed).Add(RunState.Completed);

        Assert.Equal([RunState.Planning, RunState.Training, RunState.Completed], await FollowAsync());
        Assert.Equal(1, _answers.Left);
    }

    [Fact]
    public async Task A_host_that_restarts_is_waited_for()
    {
        _answers.Add(RunState.Training).AddRefusal().Add(HttpStatusCode.ServiceUnavailable).Add(RunState.Completed);

        Assert.Equal([RunState.Training, RunState.Completed], await FollowAsync());
    }

    [Fact]
    public async Task A_host_that_stays_away_is_given_up()
    {
        _answers.Add(RunState.Training).AddRefusal(repeated: true);

        await Assert.ThrowsAsync<HostUnreachableException>(() => FollowAsync());

        Assert.True(_time.GetElapsedTime(0) >= RunFollower.Patience);
    }

    [Fact]
    public async Task A_run_that_is_not_there_is_an_error_at_once()
    {
        _answers.Add(HttpStatusCode.NotFound);

        await Assert.ThrowsAsync<ApiException>(() => FollowAsync());
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.Unauthorized)]
    public async Task Another_program_that_answers_is_not_taken_for_a_host(HttpStatusCode status)
    {
        _answers.AddPage(status);

        ApiException error = await Assert.ThrowsAsync<ApiException>(() => FollowAsync());

        Assert.Contains("http://127.0.0.1:7071/", error.Message, StringComparison.Ordinal);
        Assert.Contains("--url", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_expected_is_waited_for()
    {
        _answers.Add(HttpStatusCode.NotFound).Add(HttpStatusCode.NotFound).Add(RunState.Completed);

        Assert.Equal([RunState.Completed], await FollowAsync(isExpected: true));
    }

    private async Task<List<RunState>> FollowAsync(bool isExpected = false)
    {
        var states = new List<RunState>();
        await foreach (RunStatus run in new RunFollower(_client, _time).FollowAsync("run-1", isExpected))
        {
            states.Add(run.State);
        }

        return states;
    }

    private sealed class Answers : HttpMessageHandler
    {
        private readonly Queue<Func<HttpResponseMessage>> _answers = new();
        private Func<HttpResponseMessage>? _last;

        public int Left => _answers.Count;

        public Answers Add(RunState state)
        {
            var run = new RunStatus { RunId = "run-1", State = state, StartedAt = default, UpdatedAt = default };
            string json = JsonSerializer.Serialize(run, DurableJson.Options);
            _answers.Enqueue(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") });
            return this;
        }

        public Answers Add(HttpStatusCode status)
        {
            string problem = $$"""{"status":{{(int)status}},"title":"No.","code":"No"}""";
            _answers.Enqueue(() => new HttpResponseMessage(status) { Content = new StringContent(problem, Encoding.UTF8, "application/problem+json") });
            return this;
        }

        public Answers AddPage(HttpStatusCode status)
        {
            _answers.Enqueue(() => new HttpResponseMessage(status) { Content = new StringContent("<!doctype html>", Encoding.UTF8, "text/html") });
            return this;
        }

        public Answers AddRefusal(bool repeated = false)
        {
            Func<HttpResponseMessage> refuse = () => throw new HttpRequestException("Connection refused");
            _answers.Enqueue(refuse);
            _last = repeated ? refuse : null;
            return this;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult((_answers.TryDequeue(out Func<HttpResponseMessage>? answer) ? answer : _last!)());
    }
}
