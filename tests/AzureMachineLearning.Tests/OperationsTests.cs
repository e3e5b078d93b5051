using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class OperationsTests
{
    private const string Url = ScriptedService.Arm + "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/westeurope/mfeOperationsStatus/oe:w:g?api-version=2022-02-01-preview&t=1%2F2&service=new";

    private readonly ScriptedService _service = new();

    [Theory]
    [InlineData("Succeeded", OperationState.Succeeded)]
    [InlineData("succeeded", OperationState.Succeeded)]
    [InlineData("Failed", OperationState.Failed)]
    [InlineData("FAILED", OperationState.Failed)]
    [InlineData("Canceled", OperationState.Canceled)]
    [InlineData("Cancelled", OperationState.Canceled)]
    [InlineData("Updating", OperationState.Running)]
    [InlineData("InProgress", OperationState.Running)]
    [InlineData("Creating", OperationState.Running)]
    [InlineData("SomethingNew", OperationState.Running)]
    public async Task A_status_word_counts_in_any_case_and_unknown_ones_as_running(string word, OperationState state)
    {
        _service.On("GET " + Url, body: $$"""{"id":"x","name":"oe:w:g","percentComplete":40.5,"status":"{{word}}"}""");

        OperationStatus status = await Ask(OperationStyle.AzureAsyncOperation);

        Assert.Equal((state, 40.5), (status.State, status.PercentComplete));
    }

    [Theory]
    [InlineData(202, "", OperationState.Running)]
    [InlineData(200, """{"name":"x","properties":{"provisioningState":"Failed"}}""", OperationState.Succeeded)]
    [InlineData(204, "", OperationState.Succeeded)]
    public async Task A_location_is_done_when_it_no_longer_says_202(int status, string body, OperationState state)
    {
        _service.On("GET " + Url, status, body);

        Assert.Equal(state, (await Ask(OperationStyle.Location)).State);
    }

    [Theory]
    [InlineData(200, """{"properties":{"provisioningState":"Updating"}}""", OperationState.Running)]
    [InlineData(200, """{"properties":{"provisioningState":"Succeeded"}}""", OperationState.Succeeded)]
    [InlineData(200, "null", OperationState.Succeeded)]
    [InlineData(202, "", OperationState.Running)]
    public async Task An_answer_without_a_status_word_is_read_by_its_state_or_its_code(int status, string body, OperationState state)
    {
        _service.On("GET " + Url, status, body);

        Assert.Equal(state, (await Ask(OperationStyle.AzureAsyncOperation)).State);
    }

    [Theory]
    [InlineData("OutOfQuota", "no", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData("BadRequest", "Not enough quota available for Standard_F4s_v2 in SubscriptionId x. Current usage/limit: 0/6. Additional needed: 8", OutcomeKind.Quota, "QuotaExceeded")]
    [InlineData("OutOfCapacity", "no", OutcomeKind.Capacity, "OutOfCapacity")]
    [InlineData("InferencingClientCallFailed", "Allocation failed. We do not have sufficient capacity for the requested VM size.", OutcomeKind.Capacity, "OutOfCapacity")]
    [InlineData("ResourceNotReady", "User container has crashed or terminated.", OutcomeKind.Failed, "OperationFailed")]
    public async Task A_failed_operation_says_why_and_of_what_kind(string code, string message, OutcomeKind kind, string ourCode)
    {
        _service.On("GET " + Url, body: $$$"""{"status":"Failed","error":{"code":"{{{code}}}","message":"{{{message}}}"}}""", headers: ("x-ms-request-id", "r-1"));

        OperationStatus status = await Ask(OperationStyle.AzureAsyncOperation);

        Assert.Equal((OperationState.Failed, kind, ourCode), (status.State, status.ErrorKind, status.Error!.Code));
        Assert.Equal((code, message, "r-1"), (status.Error.UpstreamCode, status.Error.Message, status.Error.RequestId));
        Assert.DoesNotContain("t=1", status.Error.Where, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_location_that_answers_with_an_error_is_a_failed_operation()
    {
        _service.On("GET " + Url, 409, """{"error":{"code":"OutOfCapacity","message":"none left"}}""");

        OperationStatus status = await Ask(OperationStyle.Location);

        Assert.Equal((OperationState.Failed, OutcomeKind.Capacity), (status.State, status.ErrorKind));
    }

    [Theory]
    [InlineData(503, OutcomeKind.Transient)]
    [InlineData(403, OutcomeKind.Denied)]
    [InlineData(404, OutcomeKind.NotFound)]
    public async Task A_question_that_did_not_get_through_says_nothing_about_the_operation(int status, OutcomeKind kind)
    {
        _service.On("GET " + Url, status);

        Assert.Equal(kind, (await Assert.ThrowsAsync<UpstreamException>(() => Ask(OperationStyle.Location))).Kind);
    }

    [Theory]
    [InlineData("Retry-After", "17", 17d)]
    [InlineData("Retry-After", "Mon, 02 Mar 2026 10:00:30 GMT", 30d)]
    [InlineData("Retry-After", "Mon, 02 Mar 2026 09:00:00 GMT", 0d)]
    [InlineData("Retry-After", "-5", 0d)]
    [InlineData("Retry-After", "999999999", 3600d)]
    [InlineData("Retry-After", "soon", null)]
    [InlineData("retry-after-ms", "1500", 1.5)]
    [InlineData("x-ms-retry-after-ms", "250", 0.25)]
    public async Task The_wait_that_the_service_asks_for_is_passed_on_within_reason(string header, string value, double? seconds)
    {
        _service.On("GET " + Url, body: """{"status":"Updating"}""", headers: (header, value));
        var clock = new Mock<TimeProvider>();
        clock.Setup(c => c.GetUtcNow()).Returns(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));

        OperationStatus status = await _service.Client(options => options.TimeProvider = clock.Object).Operations.GetStatusAsync(
            new OperationReference(Url, OperationStyle.AzureAsyncOperation));

        Assert.Equal(seconds, status.RetryAfter?.TotalSeconds);
    }

    private Task<OperationStatus> Ask(OperationStyle style) => _service.Client().Operations.GetStatusAsync(new OperationReference(Url, style));
}
