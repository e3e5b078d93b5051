using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;

namespace FineTune.Simulator.Tests;

public sealed class ComputeTests
{
    private const string Cluster = "computes/" + Bodies.Cluster;

    [Fact]
    public async Task Cluster_is_created_over_time_and_its_operation_tells()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer put = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute());
        Answer early = await simulator.Get(put.Header("Azure-AsyncOperation"));
        simulator.Advance(simulator.Durations.ComputeCreate);
        Answer late = await simulator.Get(put.Header("Azure-AsyncOperation"));
        Answer done = await simulator.Get(simulator.Arm(Cluster));

        Assert.Equal(201, put.Status);
        Assert.Equal("Creating", put.TextAt("properties.provisioningState"));
        Assert.Contains("/computeOperationsStatus/", put.Header("Azure-AsyncOperation"), StringComparison.Ordinal);
        Assert.Equal("InProgress", early.TextAt("status"));
        Assert.Equal("Succeeded", late.TextAt("status"));
        Assert.Equal(100, late.At("percentComplete")!.GetValue<double>());
        Assert.Equal("Succeeded", done.TextAt("properties.provisioningState"));
        Assert.Equal("STANDARD_NC24ADS_A100_V4", done.TextAt("properties.properties.vmSize"));
        Assert.Equal("Steady", done.TextAt("properties.properties.allocationState"));
        Assert.Equal(0, done.At("properties.properties.currentNodeCount")!.GetValue<int>());
    }

    [Theory]
    [InlineData("Lowpriority", "LowPriority")]
    [InlineData("LowPriority", "LowPriority")]
    [InlineData("dedicated", "Dedicated")]
    public async Task Priority_is_compared_without_regard_to_case(string sent, string shown)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer put = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute(priority: sent));

        Assert.Equal(shown, put.TextAt("properties.properties.vmPriority"));
    }

    [Theory]
    [InlineData("c", """{"properties":{"computeType":"AmlCompute"}}""", "compute name")]
    [InlineData("ends-in-1", """{"properties":{"computeType":"AmlCompute"}}""", "compute name")]
    [InlineData("gpu", "{}", "properties")]
    [InlineData("gpu", """{"properties":{"properties":{}}}""", "computeType")]
    [InlineData("gpu", """{"properties":{"computeType":"Abacus","properties":{}}}""", "Abacus")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute"}}""", "properties")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"scaleSettings":{"maxNodeCount":1}}}}""", "vmSize")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_Abacus","scaleSettings":{"maxNodeCount":1}}}}""", "Standard_Abacus")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_NC6s_v3"}}}""", "scaleSettings")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_NC6s_v3","scaleSettings":{}}}}""", "maxNodeCount")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_NC6s_v3","scaleSettings":{"maxNodeCount":"2"}}}}""", "integer")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_NC6s_v3","scaleSettings":{"maxNodeCount":1,"minNodeCount":2}}}}""", "minNodeCount")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_NC6s_v3","scaleSettings":{"maxNodeCount":1,"nodeIdleTimeBeforeScaleDown":"120"}}}}""", "duration")]
    [InlineData("gpu", """{"properties":{"computeType":"AmlCompute","properties":{"vmSize":"Standard_NC6s_v3","vmPriority":"Spot","scaleSettings":{"maxNodeCount":1}}}}""", "Dedicated, LowPriority")]
    public async Task Cluster_that_the_service_would_refuse_is_refused(string name, string body, string about)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Put(simulator.Arm("computes/" + name), Bodies.Parse(body));

        Assert.Equal(400, answer.Status);
        Assert.Contains(about, answer.TextAt("error.message"), StringComparison.Ordinal);
        Assert.Empty((await simulator.Get(simulator.Arm("computes"))).At("value")!.AsArray());
    }

    [Fact]
    public async Task Body_that_is_not_json_is_refused_with_its_position()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        using StringContent content = new("{\"location\":", System.Text.Encoding.UTF8, "application/json");

        using HttpResponseMessage response = await simulator.Http.PutAsync(new Uri(simulator.Arm(Cluster), UriKind.Relative), content);

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("line 1", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Same_cluster_again_is_not_created_twice_but_another_size_is_refused()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        Answer first = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute());

        Answer again = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute());
        Answer scaled = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute(max: 4));
        Answer other = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute("Standard_ND40rs_v2"));

        Assert.Equal(200, again.Status);
        Assert.Equal(first.Header("Azure-AsyncOperation"), again.Header("Azure-AsyncOperation"));
        Assert.Equal(409, scaled.Status);
        Assert.Equal(400, other.Status);
    }

    [Fact]
    public async Task Cluster_can_be_scaled_when_it_is_there()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync();

        Answer scaled = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute(max: 4));

        Assert.Equal(200, scaled.Status);
        Assert.Equal("Updating", scaled.TextAt("properties.provisioningState"));
        Assert.Equal(4, scaled.At("properties.properties.scaleSettings.maxNodeCount")!.GetValue<int>());
    }

    [Fact]
    public async Task Deletion_needs_its_query_takes_time_and_frees_the_name()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync();

        Answer incomplete = await simulator.Delete(simulator.Arm(Cluster));
        Answer accepted = await simulator.Delete(simulator.Arm(Cluster + "?underlyingResourceAction=Delete"));
        Answer during = await simulator.Get(simulator.Arm(Cluster));
        Answer tooEarly = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute());
        simulator.Advance(simulator.Durations.ComputeDelete);
        Answer after = await simulator.Get(simulator.Arm(Cluster));
        Answer again = await simulator.Delete(simulator.Arm(Cluster + "?underlyingResourceAction=Delete"));
        Answer operation = await simulator.Get(accepted.Header("Azure-AsyncOperation"));
        Answer anew = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute("Standard_NC6s_v3"));

        Assert.Equal(400, incomplete.Status);
        Assert.Equal(202, accepted.Status);
        Assert.Equal("null", accepted.Text);
        Assert.Equal("Deleting", during.TextAt("properties.provisioningState"));
        Assert.Equal(409, tooEarly.Status);
        Assert.Equal(404, after.Status);
        Assert.Equal(204, again.Status);
        Assert.Equal("Succeeded", operation.TextAt("status"));
        Assert.Equal(201, anew.Status);
    }

    [Fact]
    public async Task Minimum_of_nodes_beyond_the_quota_fails_the_creation()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer put = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute("Standard_ND96asr_v4", min: 1));
        simulator.Advance(simulator.Durations.ComputeCreate);
        Answer operation = await simulator.Get(put.Header("Azure-AsyncOperation"));
        Answer cluster = await simulator.Get(simulator.Arm(Cluster));

        Assert.Equal("Failed", operation.TextAt("status"));
        Assert.Equal("ClusterMinNodesExceedCoreQuota", operation.TextAt("error.code"));
        Assert.Equal("Failed", cluster.TextAt("properties.provisioningState"));
        Assert.Equal("ClusterMinNodesExceedCoreQuota", cluster.TextAt("properties.provisioningErrors.0.error.code"));
    }

    [Fact]
    public async Task Failed_cluster_can_be_put_again()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.ComputeProvisioningFails, Method = "PUT", Path = "/computes/" });
        await simulator.CreateClusterAsync();
        Answer failed = await simulator.Get(simulator.Arm(Cluster));

        Answer again = await simulator.Put(simulator.Arm(Cluster), Bodies.Compute());
        simulator.Advance(simulator.Durations.ComputeCreate);
        Answer cluster = await simulator.Get(simulator.Arm(Cluster));

        Assert.Equal("Failed", failed.TextAt("properties.provisioningState"));
        Assert.Equal(200, again.Status);
        Assert.Equal("Succeeded", cluster.TextAt("properties.provisioningState"));
    }

    [Fact]
    public async Task List_is_cut_into_pages_that_lead_to_each_other()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { PageSize = 2 });
        foreach (string name in (string[])["one", "two", "three", "four", "five"])
        {
            await simulator.CreateClusterAsync(name);
        }

        List<string> names = [];
        string? next = simulator.Arm("computes");
        int pages = 0;
        while (next is not null)
        {
            Answer page = await simulator.Get(next);
            names.AddRange(page.At("value")!.AsArray().Select(item => item!["name"]!.GetValue<string>()));
            next = page.At("nextLink")?.GetValue<string>();
            pages++;
        }

        Assert.Equal(3, pages);
        Assert.Equal(["five", "four", "one", "three", "two"], names);
    }

    [Fact]
    public async Task Running_job_shows_its_node()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromMinutes(20));
        await simulator.StatusAsync();

        Answer cluster = await simulator.Get(simulator.Arm(Cluster));

        Assert.Equal(1, cluster.At("properties.properties.currentNodeCount")!.GetValue<int>());
        Assert.Equal(1, cluster.At("properties.properties.nodeStateCounts.runningNodeCount")!.GetValue<int>());
    }
}
