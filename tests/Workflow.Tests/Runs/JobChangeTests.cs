using FineTune.Workflow.Runs;

namespace FineTune.Workflow.Tests.Runs;

public sealed class JobChangeTests
{
    [Theory]
    [InlineData("eventType", "Microsoft.MachineLearningServices.RunStatusChanged")]
    [InlineData("type", "Microsoft.MachineLearningServices.RunCompleted")]
    public void An_event_in_either_schema_names_the_job(string type, string value) => Assert.Equal(
        new JobChange("finetune-run-1", "Running"),
        JobChange.Read($$"""{"id":"1","{{type}}":"{{value}}","data":{"runId":"finetune-run-1","runStatus":"Running"} }"""));

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("""{"eventType":"Microsoft.Storage.BlobCreated","data":{"runId":"x"}}""")]
    [InlineData("""{"eventType":"Microsoft.MachineLearningServices.RunStatusChanged"}""")]
    [InlineData("""{"eventType":"Microsoft.MachineLearningServices.RunStatusChanged","data":{"runId":7}}""")]
    public void What_is_no_event_about_a_job_is_none(string message) => Assert.Null(JobChange.Read(message));
}
