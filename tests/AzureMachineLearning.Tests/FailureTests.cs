using System.Net;
using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Identity;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.AzureMachineLearning.Tests;

/// <summary>What each refusal becomes, and what is done about it inside the client.</summary>
public sealed class FailureTests
{
    private static readonly string Url = ScriptedService.Url("/computes/c");

    private readonly ScriptedService _service = new();

    [Theory]
    [InlineData(400, "BadRequest", "no", OutcomeKind.Invalid, "RequestRefused")]
    [InlineData(422, "X", "no", OutcomeKind.Invalid, "RequestRefused")]
    [InlineData(401, "InvalidAuthenticationToken", "no", OutcomeKind.Denied, "AccessDenied")]
    [InlineData(403, "AuthorizationFailed", "no", OutcomeKind.Denied, "AccessDenied")]
    [InlineData(404, "ResourceGroupNotFound", "no", OutcomeKind.NotFound, "ResourceNotFound")]
    [InlineData(410, "Gone", "no", OutcomeKind.NotFound, "ResourceNotFound")]
    [InlineData(409, "Conflict", "no", OutcomeKind.Conflict, "ResourceConflict")]
    [InlineData(412, "PreconditionFailed", "no", OutcomeKind.Conflict, "ResourceConflict")]
    [InlineData(409, "Conflict", "Endpoint is in Creating provisioning state", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(409, "Conflict", "Cannot modify, the provisioning state is Deleting.", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(409, "Conflict", "The resource's provisioning state is Failed.", OutcomeKind.Conflict, "ResourceConflict")]
    [InlineData(409, "AnotherOperationInProgress", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(408, "Timeout", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(429, "TooManyRequests", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(429, "TooManyRequests", "Request quota exceeded", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(500, "InternalServerError", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(502, "BadGateway", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(503, "ServiceUnavailable", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(504, "GatewayTimeout", "no", OutcomeKind.Transient, "ServiceBusy")]
    [InlineData(400, "QuotaExceeded", "no", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData(409, "ClusterCoreQuotaReached", "no", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData(409, "accountvmseriescorequotareached", "no", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData(403, "OperationNotAllowed", "Operation could not be completed as it results in exceeding approved Cores quota.", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData(400, "BadRequest", "Not enough quota available for Standard_F4s_v2. Current usage/limit: 0/6. Additional needed: 8", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData(400, "BadRequest", "Endpoint Quota reached for workspace: 100/100.", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData(400, "BadRequest", "The quota parameter is malformed", OutcomeKind.Invalid, "RequestRefused")]
    [InlineData(409, "OperationNotAllowed", "no", OutcomeKind.Conflict, "ResourceConflict")]
    [InlineData(409, "SkuNotAvailable", "no", OutcomeKind.Capacity, "OutOfCapacity")]
    [InlineData(500, "AllocationFailed", "no", OutcomeKind.Capacity, "OutOfCapacity")]
    [InlineData(400, "OverconstrainedZonalAllocationRequest", "no", OutcomeKind.Capacity, "OutOfCapacity")]
    [InlineData(400, "BadRequest", "There is not enough capacity in the region.", OutcomeKind.Capacity, "OutOfCapacity")]
    public async Task A_refusal_is_sorted_by_code_words_and_status(int status, string code, string message, OutcomeKind kind, string ourCode)
    {
        // No answer may be 404 here, where null would be the answer: computes are put.
        _service.WithWorkspace().On("PUT " + Url, status, $$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}","details":[],"additionalInfo":[{"type":"Time","info":{"value":"x"}}]}}""", ("x-ms-request-id", "r-1"));

        UpstreamException e = await Put();

        Assert.Equal((kind, ourCode, message, code), (e.Kind, e.Failure.Code, e.Failure.Message, e.Failure.UpstreamCode));
        Assert.Equal(("r-1", "PUT " + Url.Split('?')[0]), (e.Failure.RequestId, e.Failure.Where));
        Assert.False(string.IsNullOrWhiteSpace(e.Failure.NextStep));
    }

    [Theory]
    [InlineData("""{"error":{"code":"BadRequest","message":"Outer.","details":[{"code":"OutOfQuota","message":"Inner."},{"code":"X","message":"Outer."}]}}""", OutcomeKind.Quota, "BadRequest", "Outer. Inner.", null)]
    [InlineData("""{"error":{"code":"BadRequest","message":"Outer.","innererror":{"code":"OutOfCapacity","innerError":{"code":"Deep"}}}}""", OutcomeKind.Capacity, "BadRequest", "Outer.", null)]
    [InlineData("""{"error":{"code":"UserError","severity":null,"message":"Run history's.","innerError":{"code":"NotFound"}},"correlation":{"operation":"o","request":"q"},"componentName":"run-history"}""", OutcomeKind.Invalid, "UserError", "Run history's.", "q")]
    [InlineData("""{"error_code":"INVALID_PARAMETER_VALUE","message":"MLflow's."}""", OutcomeKind.Invalid, "INVALID_PARAMETER_VALUE", "MLflow's.", null)]
    [InlineData("""{"error":"A container's."}""", OutcomeKind.Invalid, null, "A container's.", null)]
    [InlineData("\"A bare string.\"", OutcomeKind.Invalid, null, "A bare string.", null)]
    [InlineData("""{"detail":"A validator's."}""", OutcomeKind.Invalid, null, "A validator's.", null)]
    [InlineData("<html>A proxy's</html>", OutcomeKind.Invalid, null, "<html>A proxy's</html>", null)]
    [InlineData("", OutcomeKind.Invalid, null, "The service answered 400 without a reason.", null)]
    [InlineData("null", OutcomeKind.Invalid, null, "The service answered 400 without a reason.", null)]
    [InlineData("[1]", OutcomeKind.Invalid, null, "The service answered 400 without a reason.", null)]
    public async Task Each_services_way_to_say_no_is_understood(string body, OutcomeKind kind, string? code, string message, string? requestId)
    {
        _service.On("GET " + Url, 400, body);

        UpstreamException e = await Get();

        Assert.Equal((kind, code, message, requestId), (e.Kind, e.Failure.UpstreamCode, e.Failure.Message, e.Failure.RequestId));
    }

    [Fact]
    public async Task A_long_message_is_cut()
    {
        _service.On("GET " + Url, 400, $$$"""{"error":{"code":"X","message":"{{{new string('m', 5_000)}}}"}}""");

        Assert.Equal(2_002, (await Get()).Failure.Message.Length);
    }

    [Fact]
    public async Task An_answer_that_is_not_json_is_transient()
    {
        _service.On("GET " + Url, 200, "<html>Please sign in</html>");

        UpstreamException e = await Get();

        Assert.Equal((OutcomeKind.Transient, "AnswerUnreadable"), (e.Kind, e.Failure.Code));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_hiccup_is_ridden_out(int status)
    {
        _service.On("GET " + Url, status).On("GET " + Url, status).On("GET " + Url, 200, """{"name":"c","properties":{"provisioningState":"Succeeded"}}""");

        Assert.Equal("Succeeded", (await _service.Client().ComputeClusters.GetAsync("c"))!.ProvisioningState);
    }

    [Fact]
    public async Task What_stays_broken_is_given_up_after_the_configured_retries()
    {
        _service.On("GET " + Url, 503);

        Assert.Equal(OutcomeKind.Transient, (await Get(options => options.Retry.MaxRetries = 2)).Kind);

        Assert.Equal(3, _service.Requests.Count);
    }

    [Fact]
    public async Task A_long_retry_after_is_not_slept_through_but_reported()
    {
        _service.On("GET " + Url, 429, "", ("Retry-After", "60"));

        UpstreamException e = await Get();

        Assert.Equal((OutcomeKind.Transient, TimeSpan.FromSeconds(60)), (e.Kind, e.RetryAfter));
        Assert.Single(_service.Requests);
    }

    public static TheoryData<Func<Exception>, string> BrokenConnections => new()
    {
        { () => new HttpRequestException("no route", new SocketException()), "ServiceUnreachable" },
        { () => new IOException("reset"), "ServiceUnreachable" },
        { () => new TaskCanceledException("network time-out"), "ServiceTimeout" },
    };

    [Theory]
    [MemberData(nameof(BrokenConnections))]
    public async Task A_broken_connection_is_transient_with_and_without_retries(Func<Exception> broken, string code)
    {
        _service.OnCall("GET " + Url, () => throw broken());

        foreach (int retries in (int[])[0, 2])
        {
            UpstreamException e = await Get(options => options.Retry.MaxRetries = retries);
            Assert.Equal((OutcomeKind.Transient, code), (e.Kind, e.Failure.Code));
            Assert.NotNull(e.InnerException);
        }
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_of_an_answer_is_transient()
    {
        _service.OnCall("GET " + Url, () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new BrokenStream()) });

        Assert.Equal(OutcomeKind.Transient, (await Get(options => options.Retry.MaxRetries = 0)).Kind);
    }

    [Fact]
    public async Task The_callers_own_cancellation_stays_a_cancellation()
    {
        using var source = new CancellationTokenSource();
        _service.OnCall("GET " + Url, () =>
        {
            source.Cancel();
            throw new OperationCanceledException(source.Token);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _service.Client().ComputeClusters.GetAsync("c", source.Token));
    }

    public static TheoryData<Exception, OutcomeKind, string> SignInFailures => new()
    {
        { new AuthenticationFailedException("AADSTS700016: no such application\nTrace: x"), OutcomeKind.Denied, "SignInFailed" },
        { new CredentialUnavailableException("no managed identity here"), OutcomeKind.Denied, "SignInFailed" },
        { new AuthenticationFailedException("down", new RequestFailedException(503, "down")), OutcomeKind.Transient, "ServiceUnreachable" },

        // As Azure.Identity's chain reports that login.microsoftonline.com can't be reached.
        {
            new AuthenticationFailedException("chain", new AuthenticationFailedException("secret", new AggregateException(new RequestFailedException("refused")))),
            OutcomeKind.Transient, "ServiceUnreachable"
        },

        // As a laptop without a sign-in fails: the look for a managed identity met no route.
        {
            new CredentialUnavailableException("chain", new AggregateException(new CredentialUnavailableException("IMDS", new RequestFailedException("no route")))),
            OutcomeKind.Denied, "SignInFailed"
        },
    };

    [Theory]
    [MemberData(nameof(SignInFailures))]
    public async Task A_token_that_can_not_be_had_is_denied_unless_the_identity_provider_is_down(Exception failure, OutcomeKind kind, string code)
    {
        var credential = new Mock<TokenCredential>();
        credential.Setup(c => c.GetTokenAsync(It.IsAny<TokenRequestContext>(), It.IsAny<CancellationToken>())).ThrowsAsync(failure);

        UpstreamException e = await Get(credential: credential.Object);

        Assert.Equal((kind, code), (e.Kind, e.Failure.Code));
        Assert.DoesNotContain("Trace", e.Failure.Message, StringComparison.Ordinal);
        Assert.Empty(_service.Requests);
    }

    [Fact]
    public async Task A_fault_of_our_own_is_not_dressed_up_as_the_services()
    {
        var credential = new Mock<TokenCredential>();
        credential.Setup(c => c.GetTokenAsync(It.IsAny<TokenRequestContext>(), It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("bug"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => _service.Client(credential: credential.Object).ComputeClusters.GetAsync("c"));
    }

    private Task<UpstreamException> Get(Action<AzureMachineLearningClientOptions>? configure = null, TokenCredential? credential = null) =>
        Assert.ThrowsAsync<UpstreamException>(() => _service.Client(configure, credential).ComputeClusters.GetAsync("c"));

    private Task<UpstreamException> Put() => Assert.ThrowsAsync<UpstreamException>(
        () => _service.Client(options => options.Retry.MaxRetries = 0).ComputeClusters.BeginCreateAsync(new ComputeRequest { Name = "c" }, lowPriority: false));

    private sealed class BrokenStream : MemoryStream
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("reset");

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => throw new IOException("reset");

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => throw new IOException("reset");
    }
}
