namespace FineTune.Storage.Tests;

/// <summary>Answers in place of the network, or lets a request pass to it.</summary>
/// <param name="answer">The answer; null lets the request pass.</param>
/// <param name="alter">Changes an answer of the network.</param>
internal sealed class ScriptedHandler(
    Func<HttpRequestMessage, HttpResponseMessage?> answer, Func<HttpResponseMessage, Task>? alter = null) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _network = new(new SocketsHttpHandler());

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (answer(request) is { } scripted)
        {
            scripted.RequestMessage = request;
            return scripted;
        }

        HttpResponseMessage response = await _network.SendAsync(request, cancellationToken);
        if (alter is not null)
        {
            await alter(response);
        }

        return response;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _network.Dispose();
        }

        base.Dispose(disposing);
    }
}
