using System.Text.Json;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Tests.Rules;

public sealed class RunRequestRulesTests
{
    [Fact]
    public void Defaults_are_valid() => Assert.Empty(RunRequestRules.Check(new RunRequest()));

    [Theory]
    [InlineData("chat.jsonl", true)]
    [InlineData("shared/ultrachat/", true)]
    [InlineData("shared/support tickets (2026).parquet", true)]
    [InlineData("чат/данные.jsonl", true)]
    [InlineData("", false)]
    [InlineData("/chat.jsonl", false)]
    [InlineData("a//b", false)]
    [InlineData("../secrets", false)]
    [InlineData("a/../b", false)]
    [InlineData("a\\b", false)]
    [InlineData("a/./b", false)]
    [InlineData("a/..", false)]
    [InlineData("it's...jsonl", true)]
    [InlineData("a\nb", false)]
    [InlineData("a\u007fb", false)]
    [InlineData("https://account/x.jsonl", false)]
    public void Dataset_path_stays_inside_of_its_container(string path, bool isValid) =>
        Expect(isValid, "$.dataset.path", new RunRequest { Dataset = new DatasetRequest { Path = path } });

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.001, true)]
    [InlineData(100, true)]
    [InlineData(100.1, false)]
    [InlineData(double.NaN, false)]
    public void Split_percent_is_above_0_and_up_to_100(double value, bool isValid) =>
        Expect(isValid, "$.dataset.splitPercent", new RunRequest { Dataset = new DatasetRequest { SplitPercent = value } });

    [Theory]
    [InlineData(0.9, false)]
    [InlineData(1, true)]
    [InlineData(50, true)]
    [InlineData(50.1, false)]
    public void Test_percent_is_1_to_50(double value, bool isValid) =>
        Expect(isValid, "$.dataset.testPercent", new RunRequest { Dataset = new DatasetRequest { TestPercent = value } });

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Invalid_percent_is_0_to_100(double value, bool isValid) =>
        Expect(isValid, "$.dataset.maxInvalidPercent", new RunRequest { Dataset = new DatasetRequest { MaxInvalidPercent = value } });

    [Fact]
    public void Repair_and_row_cap_must_be_possible()
    {
        Expect(false, "$.dataset.repair", new RunRequest { Dataset = new DatasetRequest { Repair = (RepairPolicy)7 } });
        Expect(false, "$.dataset.maxRows", new RunRequest { Dataset = new DatasetRequest { MaxRows = 0 } });
    }

    [Fact]
    public void Selection_is_one_of_the_words() =>
        Expect(false, "$.dataset.selection", new RunRequest { Dataset = new DatasetRequest { Selection = (RowSelection)7 } });

    [Theory]
    [InlineData("gpu-cluster-big", true)]
    [InlineData("g1", true)]
    [InlineData("g", false)]
    [InlineData("gpu-cluster-bigger", false)]
    [InlineData("gpu_cluster", false)]
    [InlineData("gpu-", false)]
    [InlineData("gpu\n", false)]
    public void Cluster_name_has_2_to_16_characters(string name, bool isValid) =>
        Expect(isValid, "$.compute.name", new RunRequest { Compute = new ComputeRequest { Name = name } });

    [Theory]
    [InlineData("Standard_NC24ads_A100_v4", true)]
    [InlineData("STANDARD_D12_V2", true)]
    [InlineData("Standard NC6", false)]
    [InlineData("big", false)]
    [InlineData("", false)]
    public void Sizes_look_like_sizes(string size, bool isValid)
    {
        Expect(isValid, "$.compute.size", new RunRequest { Compute = new ComputeRequest { Size = size } });
        Expect(isValid, "$.deployment.instanceType", new RunRequest { Deployment = new DeploymentRequest { InstanceType = size } });
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Nodes_are_1_to_100(int nodes, bool isValid) =>
        Expect(isValid, "$.compute.maxNodes", new RunRequest { Compute = new ComputeRequest { MaxNodes = nodes } });

    [Theory]
    [InlineData("demo", true)]
    [InlineData("blue-1", true)]
    [InlineData("ab", false)]
    [InlineData("1st", false)]
    [InlineData("a-b-", false)]
    [InlineData("a234567890123456789012345678901x", true)]
    [InlineData("a234567890123456789012345678901xx", false)]
    public void Deployment_name_has_3_to_32_characters(string name, bool isValid) =>
        Expect(isValid, "$.deployment.name", new RunRequest { Deployment = new DeploymentRequest { Name = name } });

    [Theory]
    [InlineData(0, false)]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Instances_are_1_to_50(int count, bool isValid) =>
        Expect(isValid, "$.deployment.instanceCount", new RunRequest { Deployment = new DeploymentRequest { InstanceCount = count } });

    [Theory]
    [InlineData(0, false)]
    [InlineData(180, true)]
    [InlineData(181, false)]
    public void Request_timeout_is_at_most_the_services_180_seconds(int seconds, bool isValid) =>
        Expect(isValid, "$.deployment.requestTimeout", new RunRequest { Deployment = new DeploymentRequest { RequestTimeout = TimeSpan.FromSeconds(seconds) } });

    [Theory]
    [InlineData(0, false)]
    [InlineData(3600, true)]
    [InlineData(3601, false)]
    public void Liveness_delay_is_1_second_to_1_hour(int seconds, bool isValid) =>
        Expect(isValid, "$.deployment.livenessInitialDelay", new RunRequest { Deployment = new DeploymentRequest { LivenessInitialDelay = TimeSpan.FromSeconds(seconds) } });

    [Theory]
    [InlineData(59, false)]
    [InlineData(60, true)]
    [InlineData(30 * 86_400, true)]
    [InlineData((30 * 86_400) + 1, false)]
    [InlineData(-60, false)]
    public void Time_to_live_is_1_minute_to_30_days(int seconds, bool isValid)
    {
        Expect(isValid, "$.timeToLive", new RunRequest { TimeToLive = TimeSpan.FromSeconds(seconds) });
        Expect(isValid, "$.approval.timeout", new RunRequest { Approval = new ApprovalRequest { Timeout = TimeSpan.FromSeconds(seconds) } });
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(30, true)]
    [InlineData(86_400, true)]
    [InlineData(86_401, false)]
    public void Idle_time_is_30_seconds_to_1_day(int seconds, bool isValid) =>
        Expect(isValid, "$.compute.idleTimeBeforeScaleDown", new RunRequest { Compute = new ComputeRequest { IdleTimeBeforeScaleDown = TimeSpan.FromSeconds(seconds) } });

    [Fact]
    public void Smoke_test_keeps_its_ranges()
    {
        Assert.Equal(
            ["$.smokeTest.rows", "$.smokeTest.temperature", "$.smokeTest.topP", "$.smokeTest.maxNewTokens", "$.smokeTest.minAnswerLength"],
            Paths(new RunRequest { SmokeTest = new SmokeTestRequest { Rows = 0, Temperature = -0.1, TopP = 0, MaxNewTokens = 0, MinAnswerLength = -1 } }));
        Assert.Equal(
            ["$.smokeTest.rows", "$.smokeTest.temperature", "$.smokeTest.topP", "$.smokeTest.maxNewTokens", "$.smokeTest.minAnswerLength"],
            Paths(new RunRequest { SmokeTest = new SmokeTestRequest { Rows = 21, Temperature = 2.1, TopP = 1.1, MaxNewTokens = 4097, MinAnswerLength = 100_001 } }));
        Assert.Empty(Paths(new RunRequest { SmokeTest = new SmokeTestRequest { Rows = 20, Temperature = 2, TopP = 1, MaxNewTokens = 4096, MinAnswerLength = 0 } }));
    }

    [Theory]
    [InlineData("latest", true)]
    [InlineData("0.0.82", true)]
    [InlineData("", false)]
    [InlineData("1/../2", false)]
    public void Versions_are_latest_or_a_version(string version, bool isValid)
    {
        Expect(isValid, "$.baseModel.version", new RunRequest { BaseModel = new ModelReference { Version = version } });
        Expect(isValid, "$.component.version", new RunRequest { Component = new ComponentReference { Version = version } });
    }

    [Theory]
    [InlineData("Phi-3.5-mini", "azureml", true)]
    [InlineData("a/b", "a/b", false)]
    [InlineData("", "", false)]
    public void Models_and_components_have_names_that_fit_an_address(string name, string registry, bool isValid)
    {
        var request = new RunRequest
        {
            BaseModel = new ModelReference { Name = name, Registry = registry },
            Component = new ComponentReference { Name = name, Registry = registry },
        };

        Assert.Equal(isValid ? [] : ["$.baseModel.registry", "$.baseModel.name", "$.component.registry", "$.component.name"], Paths(request));
    }

    [Theory]
    [InlineData("my set", false)]
    [InlineData("ultrachat_200k", true)]
    public void Names_of_experiment_and_dataset_have_no_odd_characters(string name, bool isValid) =>
        Assert.Equal(isValid ? [] : ["$.experimentName", "$.datasetName"], Paths(new RunRequest { ExperimentName = name, DatasetName = name }));

    [Fact]
    public void Gates_have_bounds_that_can_be_met()
    {
        var request = new RunRequest
        {
            MetricGates = new Dictionary<string, MetricGate>
            {
                ["a"] = new(),
                ["b"] = new(2, 1),
                ["c"] = new(double.NaN),
                ["d"] = new(Max: double.PositiveInfinity),
                [""] = new(1),
                ["e"] = new(1, 1),
            },
        };

        Assert.Equal(["$.metricGates.a", "$.metricGates.b", "$.metricGates.c.min", "$.metricGates.d.max", "$.metricGates['']"], Paths(request));
    }

    [Fact]
    public void Parameters_are_scalars_with_names_of_inputs_that_a_request_may_set()
    {
        var request = new RunRequest
        {
            Parameters = new Dictionary<string, JsonElement>
            {
                ["seed"] = JsonElement.Parse("1"),
                ["x y"] = JsonElement.Parse("1"),
                ["optim"] = JsonElement.Parse("null"),
                ["undefined"] = default,
                ["long"] = JsonSerializer.SerializeToElement(new string('x', 4097)),
                ["compute_finetune"] = JsonElement.Parse("\"x\""),
            },
        };

        Assert.Equal(["$.parameters['x y']", "$.parameters.optim", "$.parameters.undefined", "$.parameters.long", "$.parameters.compute_finetune"], Paths(request));
    }

    [Fact]
    public void Many_entries_are_refused_as_a_whole()
    {
        var request = new RunRequest
        {
            Parameters = Enumerable.Range(0, 201).ToDictionary(i => $"p{i}", _ => JsonElement.Parse("1")),
            MetricGates = Enumerable.Range(0, 51).ToDictionary(i => $"m{i}", _ => new MetricGate(1)),
        };

        Assert.Equal(["$.parameters", "$.metricGates"], Paths(request));
    }

    private static void Expect(bool isValid, string path, RunRequest request) => Assert.Equal(isValid ? [] : [path], Paths(request));

    private static IEnumerable<string> Paths(RunRequest request) => RunRequestRules.Check(request).Select(error => error.Path);
}
