namespace FineTune.Simulator.Tests;

public sealed class ClockTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "finetune-clock-" + Guid.NewGuid().ToString("N"));
    private readonly VirtualTime _real = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Clock_runs_at_its_speed()
    {
        ScaledTimeProvider clock = new(_real, _real.GetUtcNow(), _real.GetUtcNow(), speed: 60);
        DateTimeOffset start = clock.GetUtcNow();

        _real.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(TimeSpan.FromMinutes(10), clock.GetUtcNow() - start);
    }

    [Fact]
    public void Clock_goes_on_after_a_restart_even_at_another_speed()
    {
        SimulatorOptions options = new() { DataDirectory = _folder };
        TimeProvider fast = SimulatorCommand.ClockOf(options, _real, 100);
        _real.Advance(TimeSpan.FromMinutes(1));
        DateTimeOffset before = fast.GetUtcNow();

        TimeProvider same = SimulatorCommand.ClockOf(options, _real, 100);
        TimeProvider slow = SimulatorCommand.ClockOf(options, _real, 1);
        _real.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(before + TimeSpan.FromMinutes(100), same.GetUtcNow());
        Assert.Equal(before + TimeSpan.FromMinutes(1), slow.GetUtcNow());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void Clock_does_not_stand_still_or_run_backwards(double speed) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScaledTimeProvider(_real, default, default, speed));

    [Theory]
    [InlineData("--help", 0)]
    [InlineData("--speed", 2)]
    [InlineData("--speed 0", 2)]
    [InlineData("--port 70000", 2)]
    [InlineData("--what", 2)]
    public async Task Command_line_is_read_strictly(string arguments, int code)
    {
        using StringWriter output = new();
        using StringWriter errors = new();

        Assert.Equal(code, await SimulatorCommand.RunAsync(arguments.Split(' '), output, errors, _real));

        Assert.Equal(code == 0, output.ToString().Contains("--data", StringComparison.Ordinal));
        Assert.Equal(code != 0, errors.ToString().Contains("--help", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
