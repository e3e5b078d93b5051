using System.Collections.Concurrent;
using Azure.Core;
using Azure.Core.Pipeline;

namespace FineTune.Storage.Tests;

/// <summary>Counts what really goes out.</summary>
internal sealed class RequestCounter : HttpPipelineSynchronousPolicy
{
    private readonly ConcurrentQueue<(string Method, Uri Uri)> _requests = new();

    public int Count(RequestMethod method) => _requests.Count(request => request.Method == method.Method);

    public IEnumerable<Uri> Uris => _requests.Select(request => request.Uri);

    public void Clear() => _requests.Clear();

    public override void OnSendingRequest(HttpMessage message) =>
        _requests.Enqueue((message.Request.Method.Method, message.Request.Uri.ToUri()));
}
