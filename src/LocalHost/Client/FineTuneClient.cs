using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FineTune.Api;
using FineTune.Durable;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Client;

/// <summary>The API of a running host, as the commands use it.</summary>
internal sealed class FineTuneClient : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>Creates a client.</summary>
    /// <param name="address">The host's address, such as <c>http://127.0.0.1:7071</c>.</param>
    /// <param name="handler">What carries the requests; the network when null.</param>
    public FineTuneClient(Uri address, HttpMessageHandler? handler = null)
    {
        _http = handler is null ? new HttpClient() : new HttpClient(handler);
        _http.BaseAddress = address;
    }

    /// <summary>The host's address.</summary>
    public Uri Address => _http.BaseAddress!;

    /// <summary>Starts a run.</summary>
    /// <param name="request">The request as JSON.</param>
    /// <param name="idempotencyKey">The same key again is the same run.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>The run's id.</returns>
    public async Task<string> StartAsync(string request, string idempotencyKey, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/runs", UriKind.Relative));
        message.Headers.Add("Idempotency-Key", idempotencyKey);
        message.Content = Json(request);
        return (await SendAsync<RunAccepted>(message, cancellationToken))!.RunId;
    }

    /// <summary>Lists runs, newest first.</summary>
    public async Task<IReadOnlyList<RunStatus>> ListAsync(RunState? state, int limit, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(
            HttpMethod.Get, new Uri($"/api/runs?limit={limit}{(state is null ? "" : $"&state={state}")}", UriKind.Relative));
        return (await SendAsync<RunList>(message, cancellationToken))!.Runs;
    }

    /// <summary>Reads a run, or null when there is none of that id.</summary>
    public async Task<RunStatus?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, RunUri(runId, ""));
        return await SendAsync<RunStatus>(message, cancellationToken, nullWhenNotFound: true);
    }

    /// <summary>Cancels a run.</summary>
    public async Task CancelAsync(string runId, string? reason, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, RunUri(runId, "/cancel"));
        message.Content = Json(JsonSerializer.Serialize(new CommandBody(reason), DurableJson.Options));
        await SendAsync<RunAccepted>(message, cancellationToken);
    }

    /// <summary>Reads a record whole, or null when there is none.</summary>
    public async Task<byte[]?> FindRecordAsync(string runId, string name, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, RunUri(runId, $"/records/{name}"));
        using HttpResponseMessage response = await SendAsync(message, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await EnsureSuccessAsync(response, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static StringContent Json(string json) => new(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private static Uri RunUri(string runId, string rest) => new($"/api/runs/{Uri.EscapeDataString(runId)}{rest}", UriKind.Relative);

    private async Task<T?> SendAsync<T>(HttpRequestMessage message, CancellationToken cancellationToken, bool nullWhenNotFound = false)
        where T : class
    {
        using HttpResponseMessage response = await SendAsync(message, cancellationToken);
        if (nullWhenNotFound && response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await EnsureSuccessAsync(response, cancellationToken);
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(body, DurableJson.Options, cancellationToken);
        }
        catch (JsonException)
        {
            throw NoHost(response);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(message, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new HostUnreachableException(Address, error);
        }
    }

    private async Task EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            throw NoHost(response);
        }

        string body = await response.Content.ReadAsStringAsync(cancellationToken);
        ApiProblem problem = JsonSerializer.Deserialize<ApiProblem>(body, DurableJson.Options)!;
        string text = problem.Errors is { Count: > 0 } errors
            ? string.Join('\n', errors.Select(error => error.ToString()).Prepend(problem.Title))
            : problem.Detail ?? problem.Title;
        throw response.StatusCode == HttpStatusCode.ServiceUnavailable
            ? new HostUnreachableException(text)
            : new ApiException(problem.NextStep is null ? text : $"{text}\n{problem.NextStep}");
    }

    // Whatever it is, its answer means nothing to whoever typed the wrong port.
    private ApiException NoHost(HttpResponseMessage response) => new(
        $"What answers at {Address} is no host of FineTuneFunctions (its answer: {(int)response.StatusCode} {response.ReasonPhrase}). "
        + "Name the host's address with --url; 'finetune serve' shows it behind Listening.");
}
