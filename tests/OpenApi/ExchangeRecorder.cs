using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FineTune.OpenApi;

/// <summary>
/// Sees every request to Azure Resource Manager that any ASP.NET Core server in this process answers, by the events of the
/// hosting itself: neither client, simulator nor test knows of it.
/// </summary>
public sealed class ExchangeRecorder : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    /// <summary>The request header by which a test says that a request is wrong, and to be accepted all the same: of a simulator that is told to be loose.</summary>
    public const string WrongOnPurpose = "x-wrong-on-purpose";

    private const string Activity = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
    private readonly Action<Exchange> _check;

    private ExchangeRecorder(Action<Exchange> check) => _check = check;

    /// <summary>Sees everything from now on.</summary>
    /// <param name="check">Called with each exchange after it has ended, on any thread.</param>
    /// <returns>Ends it.</returns>
    public static IDisposable Start(Action<Exchange> check) => DiagnosticListener.AllListeners.Subscribe(new ExchangeRecorder(check));

    /// <inheritdoc/>
    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.AspNetCore")
        {
            value.Subscribe(this, static (name, _, _) => name.StartsWith(Activity, StringComparison.Ordinal));
        }
    }

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not HttpContext context)
        {
            return;
        }

        if (value.Key == Activity + ".Start" && IsResourceManagers(context.Request.Path))
        {
            context.Features.Set(new Recording(context));
        }
        else if (value.Key == Activity + ".Stop" && context.Features.Get<Recording>() is { } recording && context.Response.StatusCode != StatusCodes.Status499ClientClosedRequest && !context.RequestAborted.IsCancellationRequested)
        {
            _check(recording.End(context));
        }
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    private static bool IsResourceManagers(PathString path) =>
        path.StartsWithSegments("/subscriptions", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/mferp", StringComparison.OrdinalIgnoreCase);

    private sealed class Recording
    {
        private readonly CopyingStream _request;
        private readonly CopyingResponse _response;
        private readonly string _path;

        public Recording(HttpContext context)
        {
            _request = new CopyingStream(context.Request.Body);
            context.Request.Body = _request;
            _response = new CopyingResponse(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
            context.Features.Set<IHttpResponseBodyFeature>(_response);
            _path = context.Request.Path.ToUriComponent();
        }

        public Exchange End(HttpContext context) => new(
            context.Request.Method,
            _path,
            [.. context.Request.Query.SelectMany(parameter => parameter.Value, (parameter, value) => KeyValuePair.Create(parameter.Key, value ?? ""))],
            _request.Copy,
            context.Response.StatusCode,
            context.Response.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            _response.Copy)
        {
            IsWrongOnPurpose = context.Request.Headers.ContainsKey(WrongOnPurpose),
        };
    }
}
