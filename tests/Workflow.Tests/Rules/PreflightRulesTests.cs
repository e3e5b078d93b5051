using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Rules;

public sealed class PreflightRulesTests
{
    private const string A100 = "Standard_NC24ads_A100_v4";
    private const string Family = "standardNCADSA100v4Family";
    private const string Line = "Standard NCADSA100v4 Family Cluster Dedicated vCPUs";
    private static readonly VmSize[] Sizes = [new(A100, 1, 24, 220, true) { Family = Family }, new("Standard_NC4as_T4_v3", 1, 4, 28, true) { Family = "Standard NCASv3_T4 Family" }];
    private static readonly ComputeCluster Cluster = new("/c", "c", A100.ToUpperInvariant(), "Dedicated", "Succeeded", 4);

    [Theory]
    [InlineData(2, 0, 48, null)]
    [InlineData(2, 0, 47, "TrainingQuotaTooSmall")]
    [InlineData(1, 0, 0, "TrainingQuotaTooSmall")]
    [InlineData(2, 24, 48, "warning")]
    public void Training_takes_nodes_times_cores_and_waits_for_those_in_use(int nodes, int used, int limit, string? expected)
    {
        (Failure? problem, string? warning) = PreflightRules.CheckTrainingCores(Cluster, nodes, allowLowPriority: false, Sizes, [new CoreQuota(Line, used, limit)]);

        Assert.Equal(expected, problem?.Code ?? (warning is null ? null : "warning"));
    }

    [Fact]
    public void A_lack_shows_its_sum_and_what_to_do()
    {
        Failure problem = PreflightRules.CheckTrainingCores(Cluster, 2, allowLowPriority: false, Sizes, [new CoreQuota(Line, 12, 24)]).Problem!;

        Assert.Equal("The training needs 48 cores (2 × Standard_NC24ads_A100_v4 of 24), and 12 of the 24 cores of Standard NCADSA100v4 Family Cluster Dedicated vCPUs are in use.", problem.Message);
        Assert.Equal("$.compute", problem.Where);
        Assert.Contains("Quotas", problem.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void Low_priority_nodes_have_another_quota()
    {
        CoreQuota[] none = [new CoreQuota(Family, 0, 0)];

        Assert.Equal((null, null), PreflightRules.CheckTrainingCores(Cluster with { VmPriority = "LowPriority" }, 1, allowLowPriority: false, Sizes, none));
        (Failure? problem, string? warning) = PreflightRules.CheckTrainingCores(Cluster, 1, allowLowPriority: true, Sizes, none);
        Assert.Null(problem);
        Assert.Contains("low-priority", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 48, null)]
    [InlineData(1, 47, "ServingQuotaTooSmall")]
    [InlineData(5, 144, null)]
    [InlineData(5, 143, "ServingQuotaTooSmall")]
    public void Serving_takes_a_fifth_more_in_whole_machines(int instances, int limit, string? code)
    {
        var deployment = new DeploymentRequest { InstanceType = A100, InstanceCount = instances };

        Assert.Equal(code, PreflightRules.CheckServingCores(deployment, existing: null, Sizes, [new CoreQuota(Line, 0, limit)]).Problem?.Code);
    }

    [Fact]
    public void Cores_in_use_stop_a_deployment_unless_the_cluster_may_be_using_them()
    {
        var deployment = new DeploymentRequest { InstanceType = A100 };
        CoreQuota[] used = [new CoreQuota(Line, 72, 96)];

        Assert.Equal("ServingQuotaInUse", PreflightRules.CheckServingCores(deployment, existing: null, Sizes, used).Problem?.Code);
        Assert.Equal("ServingQuotaInUse", PreflightRules.CheckServingCores(deployment, Cluster with { VmSize = "Standard_NC4as_T4_v3" }, Sizes, used).Problem?.Code);
        (Failure? problem, string? warning) = PreflightRules.CheckServingCores(deployment, Cluster, Sizes, used);
        Assert.Null(problem);
        Assert.NotNull(warning);
    }

    [Fact]
    public void The_sum_of_all_families_is_a_limit_too_and_other_families_are_none()
    {
        var deployment = new DeploymentRequest { InstanceType = A100 };

        Assert.Null(PreflightRules.CheckServingCores(deployment, null, Sizes, [new CoreQuota("standardNCFamily", 0, 0)]).Problem);
        Assert.Contains("all families", PreflightRules.CheckServingCores(deployment, null, Sizes, [new CoreQuota(null, 0, 24), new CoreQuota(Family, 0, 96)]).Problem!.Message, StringComparison.Ordinal);
        Assert.Null(PreflightRules.CheckServingCores(deployment, null, Sizes, []).Problem);
    }

    [Fact]
    public void Counted_instances_are_six_fifths_rounded_up() => Prop.ForAll(
        Gen.Choose(1, 50).ToArbitrary(),
        instances => PreflightRules.CountedInstances(instances) == (int)Math.Ceiling(instances * 1.2m)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(99, null)]
    [InlineData(100, "EndpointLimitReached")]
    public void The_hundredth_endpoint_is_the_last(int endpoints, string? code) => Assert.Equal(code, PreflightRules.CheckEndpoints(endpoints)?.Code);

    [Fact]
    public void The_roles_that_the_guide_names_suffice_and_a_readers_does_not()
    {
        PermissionSet dataScientist = new(
            ["Microsoft.MachineLearningServices/workspaces/*/read", "Microsoft.MachineLearningServices/workspaces/*/action", "Microsoft.MachineLearningServices/workspaces/*/delete", "Microsoft.MachineLearningServices/workspaces/*/write"],
            ["Microsoft.MachineLearningServices/workspaces/delete", "Microsoft.MachineLearningServices/workspaces/write", "Microsoft.MachineLearningServices/workspaces/listKeys/action"]);

        Assert.Null(PreflightRules.CheckPermissions([dataScientist], createsCluster: true));
        Assert.Null(PreflightRules.CheckPermissions([new(["*"], ["Microsoft.Authorization/*/Write"])], createsCluster: true));
        Assert.Null(PreflightRules.CheckPermissions(null, createsCluster: true));
        Failure reader = PreflightRules.CheckPermissions([new(["*/read"], [])], createsCluster: false)!;
        Assert.Equal("PermissionMissing", reader.Code);
        Assert.Contains("workspaces/jobs/write", reader.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("computes/write", reader.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_one_role_excepts_another_may_give()
    {
        PermissionSet withoutComputes = new(["Microsoft.MachineLearningServices/workspaces/*"], ["Microsoft.MachineLearningServices/workspaces/computes/*"]);

        Failure missing = PreflightRules.CheckPermissions([withoutComputes], createsCluster: true)!;
        Assert.Contains("AzureML Compute Operator", missing.NextStep, StringComparison.Ordinal);
        Assert.Null(PreflightRules.CheckPermissions([withoutComputes], createsCluster: false));
        Assert.Null(PreflightRules.CheckPermissions([withoutComputes, new(["microsoft.machinelearningservices/workspaces/computes/*"], [])], createsCluster: true));
    }
}
