using Azure;
using Azure.Identity;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Microsoft.Identity.Client;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>The one place where a refusal, a failed operation or an exception becomes a kind that the workflow can act on.</summary>
internal static class ServiceErrors
{
    /// <summary>
    /// "A quota is used up." OutOfQuota: "Troubleshoot online endpoints" (Microsoft Learn). QuotaExceeded, ResourceQuotaExceeded: ARM's
    /// "Resolve errors for resource quotas". Cluster…, TotalLowPriority…: AmlCompute's provisioning errors. Account…: Azure Batch's
    /// resize errors ("Azure Batch pool resizing failure"), which AmlCompute passes on.
    /// </summary>
    private static readonly HashSet<string> QuotaCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        "OutOfQuota", "QuotaExceeded", "ResourceQuotaExceeded", "NotEnoughQuota", "InsufficientQuota",
        "ClusterCoreQuotaReached", "ClusterMinNodesExceedCoreQuota", "TotalLowPriorityCoreQuotaReached",
        "AccountCoreQuotaReached", "AccountLowPriorityCoreQuotaReached", "AccountSpotCoreQuotaReached", "AccountVMSeriesCoreQuotaReached",
    };

    /// <summary>
    /// "No machine of this kind is free now." OutOfCapacity: "Troubleshoot online endpoints". The others: "Troubleshoot allocation
    /// failures" and "Resolve errors for SKU not available" of Azure Compute; AllocationTimedOut: Azure Batch's resize errors.
    /// </summary>
    private static readonly HashSet<string> CapacityCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        "OutOfCapacity", "InsufficientCapacity", "SkuNotAvailable", "AllocationFailed", "ZonalAllocationFailed", "AllocationTimedOut",
        "OverconstrainedAllocationRequest", "OverconstrainedZonalAllocationRequest",
    };

    /// <summary>
    /// "Not now." ARM's "Troubleshoot common Azure deployment errors" and "Understand how ARM throttles requests"; ModelError…: what an
    /// online endpoint's container answers while it is starting or overloaded ("Troubleshoot online endpoints", status 424).
    /// </summary>
    private static readonly HashSet<string> TransientCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        "AnotherOperationInProgress", "OperationInProgress", "RetryableError", "TooManyRequests", "SubscriptionRequestsThrottled", "ServerBusy",
        "ModelError408", "ModelError429", "ModelError502", "ModelError503", "ModelError504",
    };

    /// <summary>States that pass. An endpoint that just reported success can still be in one of them: azure-sdk-for-net#36961.</summary>
    private static readonly string[] PassingStates = ["Updating", "Creating", "Deleting", "Scaling"];

    /// <summary>As in "Not enough quota available for … Current usage/limit: 0/6. Additional needed: 8": MicrosoftDocs/azure-docs#101942.</summary>
    private static readonly string[] QuotaWords = ["not enough", "exceed", "insufficient", "reached", "additional needed", "out of"];

    /// <summary>As in "We do not have sufficient capacity for the requested VM size in this region": Azure Compute's AllocationFailed.</summary>
    private static readonly string[] CapacityWords = ["sufficient", "enough", "out of", "no available", "no capacity"];

    /// <summary>The kind of a refusal.</summary>
    /// <param name="status">The HTTP status; null for an operation or a job that was accepted and failed later.</param>
    /// <param name="error">What the service said.</param>
    /// <returns>Any kind but succeeded.</returns>
    public static OutcomeKind Classify(int? status, ServiceError error) => status switch
    {
        // Throttling speaks of quotas too, but passes.
        408 or 429 => OutcomeKind.Transient,
        _ when error.Codes.Any(QuotaCodes.Contains) => OutcomeKind.Quota,
        _ when error.Codes.Any(CapacityCodes.Contains) => OutcomeKind.Capacity,
        _ when error.Codes.Any(TransientCodes.Contains) => OutcomeKind.Transient,
        null or 400 or 403 or 409 when Says(error, "quota", QuotaWords) => OutcomeKind.Quota,
        null or 400 or 409 or >= 500 when Says(error, "capacity", CapacityWords) => OutcomeKind.Capacity,
        400 or 409 or 412 when Says(error, "provisioning state", PassingStates) => OutcomeKind.Transient,
        null => OutcomeKind.Failed,
        >= 500 => OutcomeKind.Transient,
        401 or 403 => OutcomeKind.Denied,
        404 or 410 => OutcomeKind.NotFound,
        409 or 412 => OutcomeKind.Conflict,
        424 => OutcomeKind.Failed,
        _ => OutcomeKind.Invalid,
    };

    /// <summary>An answer with an error status.</summary>
    public static UpstreamException FromAnswer(int status, ServiceError error, string where, string? requestId, TimeSpan? retryAfter)
    {
        OutcomeKind kind = Classify(status, error);
        return new UpstreamException(kind, Describe(kind, error, $"The service answered {status} without a reason.", where, requestId)) { RetryAfter = retryAfter };
    }

    /// <summary>An operation or resource that was accepted and failed later.</summary>
    public static (OutcomeKind Kind, Failure Failure) FromOperation(ServiceError error, string where, string? requestId = null)
    {
        OutcomeKind kind = Classify(status: null, error);
        return (kind, Describe(kind, error, "The operation failed and the service gave no reason.", where, requestId));
    }

    /// <summary>Whether an exception of the pipeline or the credential is the outside's; any other is ours, or the caller's wish, and travels on as it is.</summary>
    public static bool IsFromOutside(Exception exception, CancellationToken cancellationToken) => Cause(exception) switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        TimeoutException or AuthenticationFailedException or RequestFailedException or IOException or HttpRequestException => true,
        _ => false,
    };

    /// <summary>Such an exception.</summary>
    public static UpstreamException FromException(Exception exception, string where)
    {
        Exception cause = Cause(exception);
        string message = FirstLine(cause.Message);
        return cause switch
        {
            RequestFailedException { Status: > 0 } refused => FromAnswer(
                refused.Status, new ServiceError(refused.ErrorCode, message, refused.ErrorCode is { } code ? [code] : [], null), where, null, null),
            AuthenticationFailedException when !IsOutage(cause) => new UpstreamException(
                OutcomeKind.Denied,
                new Failure("SignInFailed", $"No token could be had: {message}")
                {
                    Where = where,
                    NextStep = "Give the host a managed identity, or sign in with 'az login', and see that AZURE_TENANT_ID names the workspace's tenant.",
                },
                cause),
            OperationCanceledException or TimeoutException => Unreachable("ServiceTimeout", "The service did not answer in time."),
            _ => Unreachable("ServiceUnreachable", $"The service can't be reached: {message}"),
        };

        UpstreamException Unreachable(string code, string text) =>
            new(OutcomeKind.Transient, new Failure(code, text) { Where = where, NextStep = NextStep(OutcomeKind.Transient) }, cause);
    }

    /// <summary>
    /// Whether a sign-in failed because Entra ID did not answer, which passes, rather than because it refused. A credential that is unavailable
    /// is none of this machine: what it met while it looked for a managed identity is no outage.
    /// </summary>
    private static bool IsOutage(Exception? exception) => exception switch
    {
        null or CredentialUnavailableException => false,
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        MsalServiceException { StatusCode: 408 or 429 or >= 500 } => true,
        HttpRequestException or IOException or TimeoutException or OperationCanceledException => true,
        AggregateException { InnerExceptions: [.., Exception last] } => IsOutage(last),
        _ => IsOutage(exception.InnerException),
    };

    // After its last attempt the retry policy throws all attempts' exceptions as one.
    private static Exception Cause(Exception exception) => exception is AggregateException { InnerExceptions: [.., Exception last] } ? last : exception;

    private static Failure Describe(OutcomeKind kind, ServiceError error, string withoutReason, string where, string? requestId) =>
        new(Code(kind), error.Message.Length > 0 ? error.Message : withoutReason)
        {
            Where = where,
            NextStep = NextStep(kind),
            UpstreamCode = error.Code,
            RequestId = requestId ?? error.RequestId,
        };

    private static string Code(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Transient => "ServiceBusy",
        OutcomeKind.Quota => "QuotaExceeded",
        OutcomeKind.Capacity => "OutOfCapacity",
        OutcomeKind.Invalid => "RequestRefused",
        OutcomeKind.NotFound => "ResourceNotFound",
        OutcomeKind.Conflict => "ResourceConflict",
        OutcomeKind.Denied => "AccessDenied",
        _ => "OperationFailed",
    };

    private static string NextStep(OutcomeKind kind) => kind switch
    {
        OutcomeKind.Transient => "Nothing: it is tried again.",
        OutcomeKind.Quota => "Ask for more quota for this machine family and region (Azure portal, Quotas), free some, or choose another size. Endpoints need 20 % on top of their instances.",
        OutcomeKind.Capacity => "Try again later, or choose another size or region: quota is there, machines are not.",
        OutcomeKind.Invalid => "Change what the message names; the same request will be refused again.",
        OutcomeKind.NotFound => "Check the name, and that this identity may see it.",
        OutcomeKind.Conflict => "Look at the resource's state in the studio; delete it or choose another name.",
        OutcomeKind.Denied => "Give this identity the role 'AzureML Data Scientist' on the workspace; for clusters also 'AzureML Compute Operator'. New roles take some minutes.",
        _ => "Read the logs in the studio; the message and request id lead there.",
    };

    private static bool Says(ServiceError error, string subject, string[] words) =>
        error.Message.Contains(subject, StringComparison.OrdinalIgnoreCase)
        && words.Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));

    // Azure's exceptions go on with status, headers and content; the headers are for the log, not for a person.
    private static string FirstLine(string message) => message.Split('\n', 2)[0].Trim();
}
