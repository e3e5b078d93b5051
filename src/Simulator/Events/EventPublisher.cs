using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Events;

/// <summary>
/// Event Grid's side of a webhook: the handshake, then one event a request, in the order of the changes, each at least once. What is not
/// accepted is sent again a few times and then given up, as is everything while the webhook has not answered the handshake.
/// </summary>
internal sealed partial class EventPublisher : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SimulatorOptions _options;
    private readonly RunEvents _events;
    private readonly Computation _computation;
    private readonly ResourceStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<EventPublisher> _logger;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { Timeout = Patience };
    private readonly SemaphoreSlim _one = new(1);
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _code = Guid.NewGuid().ToString();
    private Task _loop = Task.CompletedTask;
    private Uri? _own;
    private bool _validated;

    public EventPublisher(
        SimulatorOptions options, RunEvents events, Computation computation, ResourceStore store, TimeProvider time, ILogger<EventPublisher> logger)
    {
        (_options, _events, _computation, _store, _time, _logger) = (options, events, computation, store, time, logger);
        store.JobSaved = Wake;
    }

    /// <summary>Begins to deliver.</summary>
    /// <param name="own">The simulator's own address, by which a webhook may answer the handshake later.</param>
    public void Start(Uri own)
    {
        _own = own;
        _loop = Task.Run(LoopAsync);
    }

    public void Map(ServiceRoutes routes) => routes.Other(ServicePlane.Open, "GET", "/simulator/events/validate", request =>
    {
        if (request.Query("id") is not { } code || !CryptographicOperations.FixedTimeEquals(Bytes(code), Bytes(_code)))
        {
            throw ServiceException.BadRequest("This is not the code of the handshake.");
        }

        _validated = true;
        Wake();
        return ServiceResponse.Ok(new JsonObject { ["message"] = "Webhook successfully validated as a subscription endpoint." });
    });

    /// <summary>Delivers all that is due.</summary>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            while (await NextAsync(cancellationToken) is { } change)
            {
                if (!_validated && !await ValidateAsync(cancellationToken))
                {
                    LogNotValidated(_logger, _options.EventsWebhook!.Host);
                    return;
                }

                foreach (JsonObject told in change.Events)
                {
                    using HttpResponseMessage? answer = await SendAsync("Notification", told, cancellationToken);
                    if (answer is null)
                    {
                        LogGivenUp(_logger, told.Text("subject")!, _options.EventsWebhook!.Host);
                    }
                }

                lock (_store.Gate)
                {
                    _store.Save(change.Told);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.JobSaved = null;
        await _stopping.CancelAsync();
        await _loop;
        _client.Dispose();
        _one.Dispose();
        _changed.Dispose();
        _stopping.Dispose();
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private async ValueTask<RunChange?> NextAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        await _computation.SettleAsync(now, cancellationToken);
        lock (_store.Gate)
        {
            return _events.Next(now);
        }
    }

    private void Wake()
    {
        lock (_changed)
        {
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The simulator goes on without its events.")]
    private async Task LoopAsync()
    {
        CancellationToken stopping = _stopping.Token;
        try
        {
            while (true)
            {
                await PublishAsync(stopping);
                DateTimeOffset now = _time.GetUtcNow();
                DateTimeOffset? next;
                lock (_store.Gate)
                {
                    next = _events.NextMoment(now);
                }

                using ITimer? timer = next is { } moment ? _time.CreateTimer(_ => Wake(), null, moment - now, Timeout.InfiniteTimeSpan) : null;
                await _changed.WaitAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The simulator ends.
        }
        catch (Exception exception)
        {
            LogFailure(_logger, exception);
        }
    }

    /// <summary>The webhook proves that it wants the events by sending the code back, or by a request to the address that came with it.</summary>
    private async Task<bool> ValidateAsync(CancellationToken cancellationToken)
    {
        string url = new Uri(_own ?? new Uri("http://127.0.0.1"), "/simulator/events/validate?id=" + _code).ToString();
        using HttpResponseMessage? answer = await SendAsync("SubscriptionValidation", _events.Validation(_code, url, _time.GetUtcNow()), cancellationToken);
        if (answer is null)
        {
            return false;
        }

        try
        {
            JsonNode? body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
            _validated |= body is JsonObject given && given.Text("validationResponse") == _code;
        }
        catch (Exception exception) when (exception is JsonException or ServiceException)
        {
            // An answer without the code leaves the other way.
        }

        return _validated;
    }

    /// <summary>The webhook's answer, or none if it does not accept.</summary>
    private async Task<HttpResponseMessage?> SendAsync(string kind, JsonObject content, CancellationToken cancellationToken)
    {
        string json = new JsonArray(content.DeepClone()).ToJsonString();
        for (int attempt = 0; attempt <= _options.EventRetryDelays.Count; attempt++)
        {
            if (attempt > 0)
            {
                // In real time: so is the trouble of whoever listens.
                await Task.Delay(_options.EventRetryDelays[attempt - 1], TimeProvider.System, cancellationToken);
            }

            using HttpRequestMessage request = new(HttpMethod.Post, _options.EventsWebhook);
            request.Content = new StringContent(json, new MediaTypeHeaderValue("application/json", "utf-8"));
            request.Headers.Add("aeg-event-type", kind);
            request.Headers.Add("aeg-subscription-name", "SIMULATOR");
            request.Headers.Add("aeg-delivery-count", attempt.ToString(System.Globalization.CultureInfo.InvariantCulture));
            request.Headers.Add("aeg-data-version", content.Text("dataVersion"));
            request.Headers.Add("aeg-metadata-version", "1");
            try
            {
                HttpResponseMessage answer = await _client.SendAsync(request, cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return answer;
                }

                HttpStatusCode status = answer.StatusCode;
                answer.Dispose();
                if (status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge)
                {
                    return null;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                LogUnreachable(_logger, _options.EventsWebhook!.Host, exception.Message);
            }
        }

        return null;
    }

    [LoggerMessage(10, LogLevel.Warning, "The webhook at {Host} has not answered the handshake; its events wait for the next change")]
    private static partial void LogNotValidated(ILogger logger, string host);

    [LoggerMessage(11, LogLevel.Warning, "An event about {Subject} was not accepted at {Host} and is given up")]
    private static partial void LogGivenUp(ILogger logger, string subject, string host);

    [LoggerMessage(12, LogLevel.Warning, "The webhook at {Host} does not answer: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string host, string reason);

    [LoggerMessage(13, LogLevel.Error, "No more events are delivered")]
    private static partial void LogFailure(ILogger logger, Exception exception);
}
