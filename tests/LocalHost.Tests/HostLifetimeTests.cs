using FineTune.LocalHost.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace FineTune.LocalHost.Tests;

public sealed class HostLifetimeTests : IAsyncLifetime
{
    private readonly List<string> _log = [];
    private readonly Mock<IHostApplicationLifetime> _application = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HostLifetime? _lifetime;

    public HostLifetimeTests()
    {
        _application.Setup(x => x.StopApplication()).Callback(_ended.SetResult);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _lifetime?.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Parts_start_in_order_and_stop_in_reverse()
    {
        await StartAsync(new Part("a", _log), new Part("b", _log));
        await _lifetime!.Started;
        Assert.All(_lifetime.Parts, part => Assert.True(part.Ready));

        await _lifetime.StopAsync(CancellationToken.None);

        Assert.Equal(["start a", "start b", "stop b", "stop a"], _log);
        Assert.Null(_lifetime.Failure);
    }

    [Fact]
    public async Task Before_a_part_is_up_it_says_what_it_is_doing()
    {
        var held = new TaskCompletionSource();
        await StartAsync(new Part("a", _log) { Starting = held.Task }, new Part("b", _log));

        Assert.Collection(
            _lifetime!.Parts,
            part => Assert.Equal((false, "starting"), (part.Ready, part.Detail)),
            part => Assert.Equal((false, null), (part.Ready, part.Detail)));
        held.SetResult();
        await _lifetime.Started;
        Assert.Equal("up", _lifetime.Parts[0].Detail);
        await _lifetime.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_part_that_does_not_start_ends_the_host_with_its_reason()
    {
        await StartAsync(
            new Part("a", _log),
            new Part("b", _log) { Starting = Task.FromException(new InvalidOperationException("the port is taken")) },
            new Part("c", _log));

        await _ended.Task;
        await _lifetime!.StopAsync(CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(() => _lifetime.Started);
        Assert.Equal("the port is taken", _lifetime.Failure);
        Assert.Equal(["start a", "start b", "stop b", "stop a"], _log);
    }

    [Fact]
    public async Task A_part_that_dies_ends_the_host_with_its_reason()
    {
        var part = new Part("b", _log);
        await StartAsync(new Part("a", _log), part);
        await _lifetime!.Started;

        part.Die("out of disk");

        await _ended.Task;
        await _lifetime.StopAsync(CancellationToken.None);
        Assert.Equal("out of disk", _lifetime.Failure);
    }

    [Fact]
    public async Task A_part_that_fails_to_stop_does_not_keep_the_others_up()
    {
        await StartAsync(new Part("a", _log), new Part("b", _log) { StopFails = true });
        await _lifetime!.Started;

        await _lifetime.StopAsync(CancellationToken.None);

        Assert.Equal(["start a", "start b", "stop b", "stop a"], _log);
    }

    [Fact]
    public async Task A_host_that_is_stopped_while_it_starts_is_not_a_failure()
    {
        await StartAsync(new Part("a", _log) { Starting = new TaskCompletionSource().Task });

        await _lifetime!.StopAsync(CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _lifetime.Started);
        Assert.Null(_lifetime.Failure);
    }

    private async Task StartAsync(params HostPart[] parts)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lifetime = new HostLifetime(parts, _application.Object, NullLogger<HostLifetime>.Instance) { OnChanged = _ => begun.TrySetResult() };
        await _lifetime.StartAsync(CancellationToken.None);
        await begun.Task;
    }

    private sealed class Part(string name, List<string> log) : HostPart(name)
    {
        private readonly TaskCompletionSource<string> _death = new();

        public Task Starting { get; init; } = Task.CompletedTask;

        public bool StopFails { get; init; }

        public override Task<string> Death => _death.Task;

        public void Die(string why) => _death.SetResult(why);

        public override async Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping)
        {
            log.Add($"start {Name}");
            progress.Report("starting");
            await Starting.WaitAsync(stopping);
            return "up";
        }

        public override Task StopAsync()
        {
            log.Add($"stop {Name}");
            return StopFails ? throw new IOException("stuck") : Task.CompletedTask;
        }
    }
}
