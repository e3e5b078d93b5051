using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

/// <summary>The steps of the fine-tune flow up to a point, each as a client would take it.</summary>
internal static class Flow
{
    public const string Job = "job-1";
    public const string Endpoint = "endpoint-1";
    public const string Deployment = "blue";

    public static async Task CreateClusterAsync(this SimulatorFixture simulator, string name = Bodies.Cluster, JsonObject? body = null)
    {
        Answer answer = await simulator.Put(simulator.Arm("computes/" + name), body ?? Bodies.Compute());
        Assert.Equal(201, answer.Status);
        simulator.Advance(simulator.Durations.ComputeCreate);
    }

    /// <summary>Cluster, data sets and a submitted job.</summary>
    public static async Task SubmitAsync(this SimulatorFixture simulator, JsonObject? job = null, int rows = 24)
    {
        await simulator.CreateClusterAsync();
        simulator.PutBlob(Bodies.TrainPath, Bodies.Rows(rows));
        simulator.PutBlob(Bodies.ValidationPath, Bodies.Rows(4));
        Answer answer = await simulator.Put(simulator.Arm("jobs/" + Job), job ?? Bodies.Job());
        Assert.True(answer.Status == 201, answer.Text);
    }

    public static async Task<string> StatusAsync(this SimulatorFixture simulator, string job = Job) =>
        (await simulator.Get(simulator.Arm("jobs/" + job))).TextAt("properties.status")!;

    /// <summary>A job that has run to its end.</summary>
    public static async Task TrainAsync(this SimulatorFixture simulator)
    {
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromHours(2));
        Assert.Equal("Completed", await simulator.StatusAsync());
    }

    /// <summary>A registered model and an endpoint with one deployment of it, without traffic.</summary>
    public static async Task DeployAsync(this SimulatorFixture simulator)
    {
        await simulator.TrainAsync();
        await simulator.RegisterAsync();
        await simulator.CreateEndpointAsync();
        Answer deployment = await simulator.Put(simulator.Arm(Deployments), Bodies.Deployment(simulator.ModelId()));
        Assert.True(deployment.Status == 201, deployment.Text);
        simulator.Advance(simulator.Durations.DeploymentCreate);
    }

    public const string Deployments = "onlineEndpoints/" + Endpoint + "/deployments/" + Deployment;

    public static async Task RegisterAsync(this SimulatorFixture simulator)
    {
        Answer answer = await simulator.Put(simulator.Arm("models/m/versions/1"), Bodies.Model());
        Assert.True(answer.Status == 201, answer.Text);
    }

    public static async Task CreateEndpointAsync(this SimulatorFixture simulator, string authMode = "Key")
    {
        Answer answer = await simulator.Put(simulator.Arm("onlineEndpoints/" + Endpoint), Bodies.Endpoint(authMode));
        Assert.True(answer.Status == 201, answer.Text);
        simulator.Advance(simulator.Durations.EndpointCreate);
    }

    public static string ModelId(this SimulatorFixture simulator) => simulator.Workspace + "/models/m/versions/1";

    public static async Task<string> KeyAsync(this SimulatorFixture simulator) =>
        (await simulator.Post(simulator.Arm($"onlineEndpoints/{Endpoint}/listKeys"))).TextAt("primaryKey")!;

    public static Task<Answer> ScoreAsync(this SimulatorFixture simulator, string key, JsonObject? body = null, string? deployment = null) =>
        simulator.Send(HttpMethod.Post, $"/endpoints/{Endpoint}/score", body ?? Bodies.Question(), request =>
        {
            request.Headers.Authorization = new("Bearer", key);
            if (deployment is not null)
            {
                request.Headers.Add("azureml-model-deployment", deployment);
            }
        });

    public static async Task SetTrafficAsync(this SimulatorFixture simulator, string traffic)
    {
        Answer answer = await simulator.Put(simulator.Arm("onlineEndpoints/" + Endpoint), Bodies.Endpoint(traffic: traffic));
        Assert.True(answer.Status == 200, answer.Text);
        simulator.Advance(simulator.Durations.EndpointUpdate);
    }
}
