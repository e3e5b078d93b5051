using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>
/// Sends requests: builds addresses out of checked segments, adds what every request needs, turns every failure into an
/// <see cref="UpstreamException"/>. All services of Azure ML go through here.
/// </summary>
internal sealed class ServicePipeline
{
    // A container writes what it likes; a chat answer of 4,096 tokens is some 20 KB.
    private const int LongestUnbuffered = 1 << 20;

    private readonly HttpPipeline _pipeline;
    private readonly string _arm;
    private readonly string _apiVersion;

    public ServicePipeline(WorkspaceIdentifier workspace, TokenCredential credential, AzureMachineLearningClientOptions options)
    {
        Cloud = options.Cloud;
        if (Cloud.ArmEndpoint.Scheme != Uri.UriSchemeHttps && !Cloud.IsLoopback)
        {
            throw new ArgumentException($"Azure Resource Manager's address '{Cloud.ArmEndpoint}' must be https: tokens travel to it.", nameof(options));
        }

        TimeProvider = options.TimeProvider;
        options.RetryPolicy ??= new BriefRetryPolicy(options.Retry, TimeProvider);
        options.Diagnostics.IsLoggingContentEnabled = false;
        _pipeline = HttpPipelineBuilder.Build(options, new TrustedHostAuthenticationPolicy(Cloud, credential));
        _arm = Cloud.ArmEndpoint.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _apiVersion = options.ApiVersion;
        SubscriptionPath = Path($"/subscriptions/{workspace.SubscriptionId}");
        WorkspacePath = SubscriptionPath
            + Path($"/resourceGroups/{workspace.ResourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/{workspace.WorkspaceName}");
    }

    public AzureMachineLearningCloud Cloud { get; }

    public TimeProvider TimeProvider { get; }

    /// <summary>The ARM id of the subscription.</summary>
    public string SubscriptionPath { get; }

    /// <summary>The ARM id of the workspace; run history and MLflow use it as well.</summary>
    public string WorkspacePath { get; }

    /// <summary>Fills names into a path. Names come from requests and answers: none may leave its segment.</summary>
    /// <exception cref="UpstreamException">Invalid: something that can't be a name.</exception>
    public static string Path(FormattableString path) =>
        string.Format(CultureInfo.InvariantCulture, path.Format, [.. path.GetArguments().Select(Segment)]);

    /// <summary>An address below the workspace, on Azure Resource Manager.</summary>
    public string WorkspaceUrl(FormattableString path, string query = "") => ArmUrl(WorkspacePath + Path(path), query);

    /// <summary>An address on Azure Resource Manager.</summary>
    public string ArmUrl(string path, string query = "", string? apiVersion = null) => $"{_arm}{path}?api-version={apiVersion ?? _apiVersion}{query}";

    /// <summary>Reads.</summary>
    public Task<ServiceAnswer> GetAsync(string url, bool acceptNotFound = false, CancellationToken cancellationToken = default) =>
        SendAsync(RequestMethod.Get, url, body: null, acceptNotFound, configure: null, cancellationToken);

    /// <summary>Creates or replaces.</summary>
    public Task<ServiceAnswer> PutAsync(string url, JsonNode body, CancellationToken cancellationToken) =>
        SendAsync(RequestMethod.Put, url, body, acceptNotFound: false, configure: null, cancellationToken);

    /// <summary>Changes.</summary>
    public Task<ServiceAnswer> PatchAsync(string url, JsonNode body, CancellationToken cancellationToken) =>
        SendAsync(RequestMethod.Patch, url, body, acceptNotFound: false, configure: null, cancellationToken);

    /// <summary>Asks for an action.</summary>
    public Task<ServiceAnswer> PostAsync(
        string url, JsonNode? body = null, bool acceptNotFound = false, Action<HttpMessage>? configure = null, CancellationToken cancellationToken = default) =>
        SendAsync(RequestMethod.Post, url, body, acceptNotFound, configure, cancellationToken);

    /// <summary>Deletes; what is not there counts as deleted.</summary>
    public Task<ServiceAnswer> DeleteAsync(string url, CancellationToken cancellationToken) =>
        SendAsync(RequestMethod.Delete, url, body: null, acceptNotFound: true, configure: null, cancellationToken);

    /// <summary>Reads without a token.</summary>
    public Task<ServiceAnswer> GetAnonymouslyAsync(string url, CancellationToken cancellationToken) =>
        SendAsync(RequestMethod.Get, url, body: null, acceptNotFound: false, TrustedHostAuthenticationPolicy.SendAnonymously, cancellationToken);

    /// <summary>Lists.</summary>
    public PagedList<JsonElement> List(string url, CancellationToken cancellationToken) =>
        new(this, _ => ValueTask.FromResult(url), item => item, cancellationToken);

    private static string Segment(object? argument)
    {
        string text = Convert.ToString(argument, CultureInfo.InvariantCulture) ?? "";
        return text.Length is > 0 and <= 255 && text.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or '(' or ')') && text.Any(c => c != '.')
            ? Uri.EscapeDataString(text)
            : throw new UpstreamException(OutcomeKind.Invalid, new Failure("InvalidName", $"'{text}' can't be the name of something in Azure ML.")
            {
                NextStep = "Names are 1 to 255 letters, digits, '-', '_' or '.'.",
            });
    }

    private async Task<ServiceAnswer> SendAsync(
        RequestMethod method, string url, JsonNode? body, bool acceptNotFound, Action<HttpMessage>? configure, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address))
        {
            throw new UpstreamException(OutcomeKind.Invalid, new Failure("InvalidAddress", "The service named an address that is none.") { Where = $"{method} {url}" });
        }

        string where = $"{method} {address.GetLeftPart(UriPartial.Path)}";
        try
        {
            using HttpMessage message = _pipeline.CreateMessage();
            message.Request.Method = method;
            message.Request.Uri.Reset(address);
            message.Request.Headers.Add(HttpHeader.Names.Accept, "application/json");
            if (body is not null)
            {
                message.Request.Headers.Add(HttpHeader.Names.ContentType, "application/json");
                message.Request.Content = RequestContent.Create(Encoding.UTF8.GetBytes(body.ToJsonString()));
            }

            configure?.Invoke(message);
            await _pipeline.SendAsync(message, cancellationToken);
            return await ReadAsync(message, acceptNotFound, where, cancellationToken);
        }
        catch (Exception e) when (ServiceErrors.IsFromOutside(e, cancellationToken))
        {
            throw ServiceErrors.FromException(e, where);
        }
    }

    private async Task<ServiceAnswer> ReadAsync(HttpMessage message, bool acceptNotFound, string where, CancellationToken cancellationToken)
    {
        Response response = message.Response;
        ReadOnlyMemory<byte> content = message.BufferResponse
            ? response.Content.ToMemory()
            : await ReadUnbufferedAsync(response.ContentStream ?? Stream.Null, where, cancellationToken);
        string? requestId = Header("x-ms-request-id") ?? Header("x-request-id") ?? Header("x-ms-correlation-request-id");
        TimeSpan? retryAfter = RetryAfterHeader.Read(response.Headers, TimeProvider);
        if (response.Status is not (>= 200 and < 300) && !(acceptNotFound && response.Status == 404))
        {
            ServiceError error = ServiceError.Parse(content.Span);
            if (Header("ms-azureml-model-error-statuscode") is { } modelStatus)
            {
                // "Troubleshoot online endpoints": 424 is the container's own refusal, which these headers carry.
                string code = $"ModelError{modelStatus}";
                error = error with
                {
                    Code = code,
                    Codes = [code],
                    Message = $"The model answered {modelStatus} {Header("ms-azureml-model-error-reason")}: {error.Message}",
                };
            }

            throw ServiceErrors.FromAnswer(response.Status, error, where, requestId, retryAfter);
        }

        return new ServiceAnswer(response.Status, content, where)
        {
            Response = response,
            RequestId = requestId,
            RetryAfter = retryAfter,
            Deployment = Header("azureml-model-deployment"),

            // A 201 names the resource itself in Location; only with 202 it is an operation.
            Operation = Header("Azure-AsyncOperation") is { } operation ? new OperationReference(operation, OperationStyle.AzureAsyncOperation)
                : response.Status == 202 && Header("Location") is { } location ? new OperationReference(location, OperationStyle.Location)
                : null,
        };

        string? Header(string name) => response.Headers.TryGetValue(name, out string? value) ? value : null;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadUnbufferedAsync(Stream stream, string where, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        byte[] block = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(block, cancellationToken)) > 0;)
        {
            await buffer.WriteAsync(block.AsMemory(0, read), cancellationToken);
            if (buffer.Length > LongestUnbuffered)
            {
                throw new UpstreamException(
                    OutcomeKind.Failed, new Failure("AnswerTooLong", $"The answer is longer than {LongestUnbuffered} bytes; reading stopped.") { Where = where });
            }
        }

        return buffer.ToArray();
    }
}
