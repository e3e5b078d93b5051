using System.Globalization;
using Azure;
using Azure.Identity;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Microsoft.Identity.Client;

namespace FineTune.Storage;

/// <summary>
/// The one place where errors of the storage client become the workflow's kinds. Messages are our own: the client's repeat parts of the request,
/// which may hold a shared access signature; so they are kept as inner exception only where the service did not judge a credential.
/// </summary>
internal static class StorageErrors
{
    /// <summary>The service's code for a container that is not there.</summary>
    public const string ContainerNotFound = "ContainerNotFound";

    /// <summary>Whether an exception comes from storage, the network or a credential. A cancellation that the caller asked for does not.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>True when <see cref="Translate"/> applies.</returns>
    public static bool IsFrom(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        AggregateException many => many.InnerExceptions.All(inner => IsFrom(inner, cancellationToken)),
        _ => exception is RequestFailedException or AuthenticationFailedException or IOException or HttpRequestException or TimeoutException,
    };

    /// <summary>Sorts an exception into a kind.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="where">Container and blob.</param>
    /// <returns>What the port throws.</returns>
    public static UpstreamException Translate(Exception exception, string where)
    {
        // "Retry failed after n tries": all are of one kind, and the last one tells how it stands now.
        Exception last = exception is AggregateException { InnerExceptions: [.., var inner] } ? inner : exception;
        return last switch
        {
            RequestFailedException { Status: > 0 } refused => Refused(refused, where),
            AuthenticationFailedException when !IsOutage(last) => new UpstreamException(
                OutcomeKind.Denied,
                new Failure("StorageSignInFailed", "No token for storage could be got.")
                {
                    Where = where,
                    NextStep = "Sign in (az login), or give this host a managed identity.",
                },
                last),
            _ => new UpstreamException(
                OutcomeKind.Transient,
                new Failure("StorageUnreachable", last is AuthenticationFailedException
                    ? "Entra ID, which signs in to storage, could not be reached."
                    : $"Storage could not be reached, or the connection broke ({last.GetType().Name}).")
                {
                    Where = where,
                    NextStep = "Check that the storage account and login.microsoftonline.com answer from this machine.",
                },
                last),
        };
    }

    /// <summary>
    /// Whether a sign-in failed because Entra ID did not answer, which passes, rather than because it refused. A credential that is unavailable
    /// is none of this machine: what it met while it looked for a managed identity is no outage.
    /// AzureMachineLearning asks the same: neither room may know the other, and Workflow knows no Azure.
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

    private static UpstreamException Refused(RequestFailedException refused, string where)
    {
        Response? response = refused.GetRawResponse();
        string? code = refused.ErrorCode;
        string detail = string.Create(CultureInfo.InvariantCulture, $"{refused.Status}{(code is null ? null : " " + code)}");
        (OutcomeKind kind, string ours, string message, string next) = refused.Status switch
        {
            404 => (OutcomeKind.NotFound, "BlobNotFound", code == ContainerNotFound ? "The container does not exist." : "The blob does not exist.",
                "Check its name; names are case-sensitive."),
            412 => (OutcomeKind.Conflict, "BlobChanged", "The blob changed since it was listed.", "Start again with the blob as it is now."),
            409 when code is "ContainerBeingDeleted" => (OutcomeKind.Transient, "ContainerBeingDeleted", "The container is being deleted.",
                "Wait until the deletion is done."),
            409 => (OutcomeKind.Conflict, "BlobConflict", $"Storage refused, because the blob's state contradicts the request ({detail}).",
                "See the upstream code; a lease or a snapshot may hold the blob."),
            401 or 403 => (OutcomeKind.Denied, "StorageDenied", $"Storage refused the identity or its rights ({detail}).",
                "Give the identity the role Storage Blob Data Contributor on the account; check its network rules and the credential's expiry."),
            408 or 429 or >= 500 => (OutcomeKind.Transient, "StorageBusy", $"Storage is busy or failed ({detail}).", "Nothing; it is tried again."),
            _ => (OutcomeKind.Invalid, "StorageRefused", $"Storage refused the request ({detail}).", "See the upstream code."),
        };

        Failure failure = new(ours, message)
        {
            Where = where,
            NextStep = next,
            UpstreamCode = code ?? refused.Status.ToString(CultureInfo.InvariantCulture),
            RequestId = response is not null && response.Headers.TryGetValue("x-ms-request-id", out string? id) ? id : null,
        };
        return new UpstreamException(kind, failure, kind == OutcomeKind.Denied ? null : refused)
        {
            RetryAfter = response is not null && response.Headers.TryGetValue("Retry-After", out string? after)
                && int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
                    ? TimeSpan.FromSeconds(seconds)
                    : null,
        };
    }
}
