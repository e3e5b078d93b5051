using System.Text.Json;
using Azure;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>An answer that is not an error.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Content">The body.</param>
/// <param name="Where">What was asked: method and address, for failures.</param>
internal sealed record ServiceAnswer(int Status, ReadOnlyMemory<byte> Content, string Where)
{
    private JsonElement? _json;

    /// <summary>The answer as the pipeline had it, with its headers.</summary>
    public Response? Response { get; init; }

    /// <summary>The service's request id.</summary>
    public string? RequestId { get; init; }

    /// <summary>How long the service asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The operation that the request started, if it did not end at once.</summary>
    public OperationReference? Operation { get; init; }

    /// <summary>The deployment that answered a scoring request.</summary>
    public string? Deployment { get; init; }

    /// <summary>Whether the thing asked for does not exist (only seen by callers that said they can take it).</summary>
    public bool IsNotFound => Status == 404;

    /// <summary>The body as JSON; <see cref="JsonValueKind.Undefined"/> when it is empty.</summary>
    /// <exception cref="UpstreamException">Transient: the body is not JSON, as a proxy's error page is not.</exception>
    public JsonElement Json => _json ??= Parse();

    private JsonElement Parse()
    {
        if (Content.IsEmpty)
        {
            return default;
        }

        try
        {
            return JsonElement.Parse(Content.Span);
        }
        catch (JsonException e)
        {
            throw new UpstreamException(
                OutcomeKind.Transient,
                new Failure("AnswerUnreadable", $"The service answered {Status} with something that is not JSON.")
                {
                    Where = Where,
                    RequestId = RequestId,
                    NextStep = "It is tried again. If it stays so, look for a proxy between this host and Azure.",
                },
                e);
        }
    }
}
