using System.Text.Json;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary>Both ways in which Azure Resource Manager reports on long-running operations (ARM RPC, "Asynchronous operations").</summary>
internal sealed class Operations(ServicePipeline pipeline) : IOperations
{
    /// <inheritdoc/>
    /// <remarks><c>GET</c> of the address that the service gave, verbatim; to trusted hosts only.</remarks>
    public async Task<OperationStatus> GetStatusAsync(OperationReference operation, CancellationToken cancellationToken = default)
    {
        ServiceAnswer answer;
        try
        {
            answer = await pipeline.GetAsync(operation.Url, cancellationToken: cancellationToken);
        }
        catch (UpstreamException e) when (operation.Style == OperationStyle.Location && e.Kind is not (OutcomeKind.Transient or OutcomeKind.Denied or OutcomeKind.NotFound))
        {
            // In this style an error status is the operation's own result.
            return new OperationStatus(OperationState.Failed) { Error = e.Failure, ErrorKind = e.Kind };
        }

        string? word = operation.Style == OperationStyle.Location ? null
            : answer.Json.At("status").Text() ?? answer.Json.At("properties", "provisioningState").Text();
        OperationState state = word?.ToUpperInvariant() switch
        {
            "SUCCEEDED" => OperationState.Succeeded,
            "FAILED" => OperationState.Failed,
            "CANCELED" or "CANCELLED" => OperationState.Canceled,
            null => answer.Status == 202 ? OperationState.Running : OperationState.Succeeded,
            _ => OperationState.Running, // "Updating", "InProgress", "Creating", …
        };
        var status = new OperationStatus(state)
        {
            PercentComplete = answer.Json.ValueKind == JsonValueKind.Object ? answer.Json.At("percentComplete").Number() : null,
            RetryAfter = answer.RetryAfter,
        };
        if (state is not (OperationState.Failed or OperationState.Canceled))
        {
            return status;
        }

        (OutcomeKind kind, Failure failure) = ServiceErrors.FromOperation(ServiceError.Read(answer.Json.At("error")), answer.Where, answer.RequestId);
        return status with { Error = failure, ErrorKind = kind };
    }
}
