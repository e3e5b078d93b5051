using FineTune.Durable.Embedded;
using FineTune.LocalHost.Configuration;
using FineTune.LocalHost.Hosting;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace FineTune.LocalHost.Tests;

public sealed class SweeperPartTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
    private readonly SkippingTimeProvider _time = new(Start);
    private readonly Mock<IOnlineEndpoints> _endpoints = new(MockBehavior.Strict);

    [Fact]
    public async Task Sweeps_at_once_and_at_every_interval_also_when_one_fails()
    {
        var times = new List<DateTimeOffset>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var expired = new OnlineEndpoint("old", "Succeeded", null, new Dictionary<string, string>
        {
            [EndpointTags.Run] = "run-1",
            [EndpointTags.ExpiresAt] = Start.AddDays(-1).ToString("O"),
        }, new Dictionary<string, int>());
        _endpoints.Setup(x => x.ListAsync(It.IsAny<CancellationToken>())).Returns(() =>
        {
            times.Add(_time.GetUtcNow());
            if (times.Count == 2)
            {
                throw new UpstreamException(OutcomeKind.Transient, new Failure("Busy", "Busy."));
            }

            if (times.Count == 4)
            {
                enough.TrySetResult();
            }

            return times.Count == 1 ? AsyncEnumerable.ToAsyncEnumerable([expired]) : AsyncEnumerable.Empty<OnlineEndpoint>();
        });
        _endpoints.Setup(x => x.BeginDeleteAsync("old", It.IsAny<CancellationToken>())).ReturnsAsync((OperationReference?)null);
        using var stopping = new CancellationTokenSource();
        SweeperPart sweeper = Part(TimeSpan.FromMinutes(5));

        using (_time.Hold())
        {
            await sweeper.StartAsync(new Progress<string>(), stopping.Token);
        }

        await enough.Task;
        await stopping.CancelAsync();
        await sweeper.StopAsync();

        Assert.Equal([Start, Start.AddMinutes(5), Start.AddMinutes(10), Start.AddMinutes(15)], times.Take(4));
        _endpoints.Verify(x => x.BeginDeleteAsync("old", It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task An_interval_of_zero_turns_it_off()
    {
        SweeperPart sweeper = Part(TimeSpan.Zero);

        Assert.Equal("off", await sweeper.StartAsync(new Progress<string>(), CancellationToken.None));
        await sweeper.StopAsync();

        _endpoints.VerifyNoOtherCalls();
    }

    private SweeperPart Part(TimeSpan interval) => new(
        new ServiceCollection().AddSingleton(_endpoints.Object).BuildServiceProvider(),
        new HostSettings { Sweeper = new SweeperSettings { Interval = interval } },
        new HostClock(_time, 1, TimeProvider.System),
        NullLogger<SweeperPart>.Instance);
}
