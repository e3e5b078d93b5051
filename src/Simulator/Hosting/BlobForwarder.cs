using Microsoft.AspNetCore.Http.Features;

namespace FineTune.Simulator.Hosting;

/// <summary>
/// Passes requests for <c>{account}.blob.core.windows.net</c> on to the emulator behind the default datastore. The host name goes along: the
/// emulator takes the account from it, and the signature, which is made over account and path, fits.
/// </summary>
internal sealed class BlobForwarder(string account, Uri service) : IDisposable
{
    // Of the connection, not of the message; and what the client sets itself.
    private static readonly HashSet<string> Hops = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
    })
    {
        BaseAddress = new Uri(service.GetLeftPart(UriPartial.Authority)),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task ForwardAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string name = request.Host.Host;
        if (!name.StartsWith(account + ".", StringComparison.OrdinalIgnoreCase))
        {
            // The name of another account does not exist, as far as the simulator is concerned.
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            await context.Response.WriteAsync($"The simulator has the storage account '{account}' only.", context.RequestAborted);
            return;
        }

        // The target as it was sent: a decoded path would not fit the signature.
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using HttpRequestMessage message = new(new HttpMethod(request.Method), new Uri(_client.BaseAddress!, target));
        message.Headers.Host = name;
        if (request.ContentLength is not null || request.Headers.ContainsKey("Transfer-Encoding"))
        {
            message.Content = new StreamContent(request.Body);
        }

        foreach (var header in request.Headers)
        {
            if (!Hops.Contains(header.Key) && !header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase)
                && !message.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value))
            {
                message.Content?.Headers.TryAddWithoutValidation(header.Key, (IEnumerable<string?>)header.Value);
            }
        }

        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var header in answer.Headers.Concat(answer.Content.Headers))
            {
                if (!Hops.Contains(header.Key))
                {
                    context.Response.Headers[header.Key] = header.Value.ToArray();
                }
            }

            if (context.Response.StatusCode is not (204 or 304) && !HttpMethods.IsHead(request.Method))
            {
                await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
            }
        }
        catch (HttpRequestException exception)
        {
            context.Response.StatusCode = StatusCodes.Status502BadGateway;
            await context.Response.WriteAsync($"The storage account behind the simulator does not answer: {exception.Message}", context.RequestAborted);
        }
    }

    public void Dispose() => _client.Dispose();
}
