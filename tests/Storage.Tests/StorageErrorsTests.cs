using System.Net;
using System.Text;
using Azure;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Storage.Blobs;
using FineTune.LocalHost.Azurite;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Storage.Tests;

public sealed class StorageErrorsTests
{
    private static readonly DatasetFile File = new("incoming/chat.jsonl", 10, "0x1");

    [Theory]
    [InlineData(404, "BlobNotFound", OutcomeKind.NotFound, "BlobNotFound")]
    [InlineData(404, "ContainerNotFound", OutcomeKind.NotFound, "BlobNotFound")]
    [InlineData(412, "ConditionNotMet", OutcomeKind.Conflict, "BlobChanged")]
    [InlineData(409, "SnapshotsPresent", OutcomeKind.Conflict, "BlobConflict")]
    [InlineData(409, "ContainerBeingDeleted", OutcomeKind.Transient, "ContainerBeingDeleted")]
    [InlineData(401, "InvalidAuthenticationInfo", OutcomeKind.Denied, "StorageDenied")]
    [InlineData(403, "AuthorizationPermissionMismatch", OutcomeKind.Denied, "StorageDenied")]
    [InlineData(408, "OperationTimedOut", OutcomeKind.Transient, "StorageBusy")]
    [InlineData(429, "TooManyRequests", OutcomeKind.Transient, "StorageBusy")]
    [InlineData(500, "InternalError", OutcomeKind.Transient, "StorageBusy")]
    [InlineData(503, "ServerBusy", OutcomeKind.Transient, "StorageBusy")]
    [InlineData(400, "InvalidQueryParameterValue", OutcomeKind.Invalid, "StorageRefused")]
    public async Task Answer_of_storage_becomes_a_kind(int status, string code, OutcomeKind kind, string ours)
    {
        UpstreamException exception = await OpenAsync(_ => Answer(status, code));

        Assert.Equal(kind, exception.Kind);
        Assert.Equal(ours, exception.Failure.Code);
        Assert.Equal(code, exception.Failure.UpstreamCode);
        Assert.Equal("request-1", exception.Failure.RequestId);
        Assert.Equal("datasets/incoming/chat.jsonl", exception.Failure.Where);
        Assert.NotNull(exception.Failure.NextStep);
    }

    [Fact]
    public async Task Retry_after_is_passed_on()
    {
        UpstreamException exception = await OpenAsync(_ =>
        {
            HttpResponseMessage answer = Answer(503, "ServerBusy");
            answer.Headers.Add("Retry-After", "7");
            return answer;
        });

        Assert.Equal(TimeSpan.FromSeconds(7), exception.RetryAfter);
    }

    [Fact]
    public async Task Answer_without_a_code_names_its_status()
    {
        UpstreamException exception = await OpenAsync(_ => new HttpResponseMessage(HttpStatusCode.BadGateway));

        Assert.Equal(OutcomeKind.Transient, exception.Kind);
        Assert.Equal("502", exception.Failure.UpstreamCode);
        Assert.Null(exception.Failure.RequestId);
    }

    [Fact]
    public async Task Network_failure_is_transient()
    {
        UpstreamException exception = await OpenAsync(_ => throw new HttpRequestException("Connection refused (127.0.0.1:10000)"));

        Assert.Equal(OutcomeKind.Transient, exception.Kind);
        Assert.Equal("StorageUnreachable", exception.Failure.Code);
    }

    [Fact]
    public async Task Failure_of_every_attempt_is_judged_by_the_last()
    {
        int attempt = 0;
        UpstreamException exception = await OpenAsync(
            _ => ++attempt < 3 ? throw new HttpRequestException("reset") : Answer(503, "ServerBusy"), attempts: 3);

        Assert.Equal(3, attempt);
        Assert.Equal("StorageBusy", exception.Failure.Code);
    }

    [Fact]
    public async Task Sign_in_that_is_not_reachable_is_transient()
    {
        UpstreamException exception = await OpenAsync(_ => throw new AuthenticationFailedException(
            "chain", new AuthenticationFailedException("secret", new AggregateException(new RequestFailedException("refused")))));

        Assert.Equal((OutcomeKind.Transient, "StorageUnreachable"), (exception.Kind, exception.Failure.Code));
    }

    [Fact]
    public async Task Missing_sign_in_is_denied_and_says_how_to_sign_in()
    {
        UpstreamException exception = await OpenAsync(_ => throw new CredentialUnavailableException("no credential worked"));

        Assert.Equal(OutcomeKind.Denied, exception.Kind);
        Assert.Contains("az login", exception.Failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_about_a_credential_is_not_repeated()
    {
        UpstreamException exception = await OpenAsync(_ =>
        {
            HttpResponseMessage answer = Answer(403, "AuthenticationFailed");
            answer.Content = new StringContent(
                "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>sig=c2VjcmV0</Message></Error>", Encoding.UTF8, "application/xml");
            return answer;
        });

        Assert.DoesNotContain("c2VjcmV0", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_by_the_caller_stays_a_cancellation()
    {
        using CancellationTokenSource source = new();
        using ScriptedHandler handler = new(_ =>
        {
            source.Cancel();
            return null;
        });
        BlobDatasetSource datasets = new(Client(handler, attempts: 1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => datasets.OpenReadAsync(File, source.Token));
    }

    private static async Task<UpstreamException> OpenAsync(Func<HttpRequestMessage, HttpResponseMessage?> answer, int attempts = 1)
    {
        using ScriptedHandler handler = new(answer);
        return await Assert.ThrowsAsync<UpstreamException>(() => new BlobDatasetSource(Client(handler, attempts)).OpenReadAsync(File));
    }

    private static BlobServiceClient Client(ScriptedHandler handler, int attempts) =>
        new(new AzuriteConnection(1).ConnectionString, new BlobClientOptions
        {
            Retry = { MaxRetries = attempts - 1, Delay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero },
            Transport = new HttpClientTransport(handler),
        });

    private static HttpResponseMessage Answer(int status, string code)
    {
        HttpResponseMessage answer = new((HttpStatusCode)status);
        answer.Headers.Add("x-ms-error-code", code);
        answer.Headers.Add("x-ms-request-id", "request-1");
        return answer;
    }
}
