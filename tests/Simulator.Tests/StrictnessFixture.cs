namespace FineTune.Simulator.Tests;

/// <summary>One simulator for all wrong requests, with a cluster, a finished and a running job, a model, an endpoint and a deployment that takes all traffic.</summary>
public sealed class StrictnessFixture : IAsyncLifetime
{
    internal SimulatorFixture Simulator { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Simulator = await SimulatorFixture.StartAsync();
        await Simulator.DeployAsync();
        await Simulator.SetTrafficAsync("""{"blue":100}""");
        Assert.Equal(201, (await Simulator.Put(Simulator.Arm("jobs/running"), Bodies.Job())).Status);
    }

    public async Task DisposeAsync() => await Simulator.DisposeAsync();
}
