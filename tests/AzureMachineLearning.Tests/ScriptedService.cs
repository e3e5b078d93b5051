using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using FineTune.OpenApi;
using FineTune.Tests.Shared;

namespace FineTune.AzureMachineLearning.Tests;

/// <summary>
/// Answers from a script: each method and exact address has its answers in order, the last one again and again. A request that the
/// script does not know fails the test, whatever the client makes of it.
/// </summary>
internal sealed class ScriptedService
{
    public const string Arm = "https://management.azure.com";
    public const string Subscription = "/subscriptions/0a0a0a0a-0000-0000-0000-00000000000a";
    public const string WorkspacePath = Subscription + "/resourceGroups/rg-one/providers/Microsoft.MachineLearningServices/workspaces/ws-one";
    public const string Version = "?api-version=2024-04-01";
    public const string History = "https://westeurope.api.azureml.ms/history/v1.0" + WorkspacePath;
    public const string Mlflow = "https://westeurope.api.azureml.ms/mlflow/v1.0" + WorkspacePath + "/api/2.0/mlflow";

    private readonly ConcurrentDictionary<string, ConcurrentQueue<Func<HttpResponseMessage>>> _script = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<SentRequest> _requests = new();

    private readonly Handler _handler;

    public ScriptedService() => _handler = new Handler(this);

    public IReadOnlyList<SentRequest> Requests => [.. _requests];

    public SentRequest Last => _requests.Last();

    /// <summary>An address below the workspace.</summary>
    public static string Url(string path, string query = "") => Arm + WorkspacePath + path + Version + query;

    /// <summary>Adds an answer; <paramref name="request"/> is "METHOD address".</summary>
    public ScriptedService On(string request, int status = 200, string body = "{}", params (string Name, string Value)[] headers)
    {
        return OnCall(request, () =>
        {
            var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            foreach ((string name, string value) in headers)
            {
                response.Headers.TryAddWithoutValidation(name, value);
            }

            return response;
        });
    }

    public ScriptedService OnCall(string request, Func<HttpResponseMessage> answer)
    {
        _script.GetOrAdd(request, _ => new()).Enqueue(answer);
        return this;
    }

    /// <summary>Adds the workspace, which most calls read first.</summary>
    public ScriptedService WithWorkspace() => On("GET " + Url(""), body: $$$"""
        {"id":"{{{WorkspacePath}}}","name":"ws-one","location":"westeurope","properties":{
          "discoveryUrl":"https://westeurope.api.azureml.ms/discovery",
          "mlFlowTrackingUri":"azureml://westeurope.api.azureml.ms/mlflow/v1.0{{{WorkspacePath}}}?"}}
        """)
        .On("GET https://westeurope.api.azureml.ms/discovery", body: """{"api":"https://westeurope.api.azureml.ms","history":"https://elsewhere.example"}""");

    public AzureMachineLearningClient Client(Action<AzureMachineLearningClientOptions>? configure = null, TokenCredential? credential = null)
    {
        var options = new AzureMachineLearningClientOptions { Transport = new HttpClientTransport(_handler) };
        options.Retry.Delay = TimeSpan.FromTicks(1);
        options.Retry.MaxDelay = TimeSpan.FromTicks(1);
        configure?.Invoke(options);
        return new AzureMachineLearningClient(
            new WorkspaceIdentifier("0a0a0a0a-0000-0000-0000-00000000000a", "rg-one", "ws-one"), credential ?? new ConstantCredential("token-of-a-test"), options);
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var headers = request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
            .ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
        string key = $"{request.Method} {request.RequestUri!.OriginalString}";
        _requests.Enqueue(new SentRequest(key, headers, body));
        if (request.RequestUri.OriginalString.StartsWith(Arm + "/subscriptions/", StringComparison.Ordinal))
        {
            OpenApiContractTests.Contract?.CheckRequest(Exchange.Sent(request.Method.Method, request.RequestUri, Encoding.UTF8.GetBytes(body)));
        }

        if (!_script.TryGetValue(key, out ConcurrentQueue<Func<HttpResponseMessage>>? answers))
        {
            throw new InvalidOperationException($"Not in the script: {key}");
        }

        HttpResponseMessage response = (answers.Count > 1 && answers.TryDequeue(out Func<HttpResponseMessage>? next) ? next : answers.First())();
        response.RequestMessage = request;
        return response;
    }

    private sealed class Handler(ScriptedService service) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            service.AnswerAsync(request, cancellationToken);
    }
}
