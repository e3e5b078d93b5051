using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;
using Moq;

namespace FineTune.Workflow.Tests.Runs;

public sealed class JobEventsTests
{
    private readonly Mock<IOrchestrationClient> _engine = new(MockBehavior.Strict);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_change_of_a_runs_job_wakes_who_watches_it_if_anybody_does(bool watched)
    {
        _engine.Setup(x => x.RaiseEventAsync("run-0123456789abcdef:watch", RunEvents.JobStateChanged, Unit.Value, It.IsAny<CancellationToken>())).ReturnsAsync(watched);

        Assert.Equal(watched, await new JobEvents(_engine.Object).HandleChangeAsync(ResourceNames.Job("run-0123456789abcdef")));
    }

    [Theory]
    [InlineData("6f2c9d5e-3a1b-4c1e-9a51-000000000000")]
    [InlineData("finetune-")]
    [InlineData("finetune-a b")]
    [InlineData("")]
    public async Task A_change_of_another_job_or_of_a_step_wakes_nobody(string jobName) =>
        Assert.False(await new JobEvents(_engine.Object).HandleChangeAsync(jobName));
}
