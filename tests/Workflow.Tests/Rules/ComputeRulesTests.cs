using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Tests.Rules;

public sealed class ComputeRulesTests
{
    private const string Listed = "['Standard_NC24ads_A100_v4', 'Standard_ND96asr_v4']";

    private static readonly VmSize[] Sizes =
    [
        new("Standard_DS3_v2", 0, 4, 14, true),
        new("Standard_NC6", 1, 6, 56, true),
        new("Standard_NC24ads_A100_v4", 1, 24, 220, true),
        new("STANDARD_ND96ASR_V4", 8, 96, 900, true),
        new("Standard_ND40rs_v2", 8, 40, 672, false),
    ];

    [Theory]
    [InlineData("Standard_NC24ads_A100_v4")]
    [InlineData("STANDARD_NC24ADS_A100_V4")]
    [InlineData("standard_nd96asr_v4")]
    public void Size_on_the_list_is_taken_in_any_case(string size) => Assert.Null(ComputeRules.CheckFinetuneSize(size, Samples.Model(Listed)));

    [Fact]
    public void Size_that_the_list_lacks_is_refused_with_the_list()
    {
        Failure failure = ComputeRules.CheckFinetuneSize("Standard_ND40rs_v2", Samples.Model(Listed))!;

        Assert.Equal("ComputeSizeNotAllowed", failure.Code);
        Assert.Contains("Standard_NC24ads_A100_v4, Standard_ND96asr_v4", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void List_beside_the_tags_is_used_when_the_tag_is_gone()
    {
        RegistryModel model = Samples.Model() with { SupportedFinetuneComputes = ["Standard_ND96asr_v4"] };

        Assert.Null(ComputeRules.CheckFinetuneSize("standard_nd96asr_v4", model));
        Assert.Equal("ComputeSizeNotAllowed", ComputeRules.CheckFinetuneSize("Standard_NC24ads_A100_v4", model)!.Code);
    }

    [Fact]
    public void Empty_list_allows_nothing() =>
        Assert.Contains("list is empty", ComputeRules.CheckFinetuneSize("Standard_ND96asr_v4", Samples.Model("[]"))!.NextStep, StringComparison.Ordinal);

    [Theory]
    [InlineData("standard_nc6")]
    [InlineData("Standard_NC12")]
    [InlineData("STANDARD_NC24")]
    [InlineData("Standard_nc24R")]
    public void Without_a_list_the_K80_sizes_are_refused(string size) =>
        Assert.Equal("ComputeSizeNotSupported", ComputeRules.CheckFinetuneSize(size, Samples.Model())!.Code);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_list_any_other_size_is_taken(string? tag) =>
        Assert.Null(ComputeRules.CheckFinetuneSize("Standard_NC24rs_v3", Samples.Model(tag)));

    [Fact]
    public void List_wins_over_the_unsupported_sizes() => Assert.Null(ComputeRules.CheckFinetuneSize("standard_nc6", Samples.Model("['Standard_NC6']")));

    [Theory]
    [InlineData("[Standard_NC6]", "line 1, column 2")]
    [InlineData("['a',\n 5]", "line 2, column 2")]
    [InlineData("{'a': 1}", "line 1, column 1")]
    public void Tag_that_can_not_be_read_is_a_failure_that_names_tag_and_place(string tag, string place)
    {
        Failure failure = ComputeRules.CheckFinetuneSize("Standard_NC6", Samples.Model(tag))!;

        Assert.Equal("InvalidAllowList", failure.Code);
        Assert.Contains("tag finetune_compute_allow_list", failure.Where, StringComparison.Ordinal);
        Assert.Contains(place, failure.Where, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AmlCompute", "Succeeded", "STANDARD_ND96ASR_V4", null)]
    [InlineData("amlcompute", "Updating", "STANDARD_ND96ASR_V4", null)]
    [InlineData("ComputeInstance", "Succeeded", "STANDARD_ND96ASR_V4", "ComputeNotACluster")]
    [InlineData("AmlCompute", "failed", "STANDARD_ND96ASR_V4", "ComputeProvisioningFailed")]
    [InlineData("AmlCompute", "Canceled", "STANDARD_ND96ASR_V4", "ComputeProvisioningFailed")]
    [InlineData("AmlCompute", "Deleting", "STANDARD_ND96ASR_V4", "ComputeBeingDeleted")]
    [InlineData("AmlCompute", "Succeeded", "STANDARD_NC6", "ComputeSizeNotAllowed")]
    public void Cluster_is_checked_for_kind_state_and_size(string kind, string state, string size, string? code)
    {
        ComputeCluster cluster = Cluster(state, size) with { ComputeType = kind };

        Assert.Equal(code, ComputeRules.CheckCluster(cluster, Samples.Model(Listed))?.Code);
    }

    [Fact]
    public void Cause_of_a_failed_cluster_is_passed_on()
    {
        ComputeCluster cluster = Cluster("Failed", "Standard_ND96asr_v4") with
        {
            ProvisioningError = new Failure("ClusterCoreQuotaReached", "No cores left.") { RequestId = "r-1" },
        };

        Failure failure = ComputeRules.CheckCluster(cluster, Samples.Model(Listed))!;

        Assert.Contains("No cores left.", failure.Message, StringComparison.Ordinal);
        Assert.Equal("ClusterCoreQuotaReached", failure.UpstreamCode);
        Assert.Equal("r-1", failure.RequestId);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("2", true)]
    [InlineData("3", false)]
    public void Cluster_must_be_able_to_grow_to_the_nodes_of_the_job(string? nodes, bool isEnough)
    {
        PipelineParameter[] parameters = nodes is null ? [] : [new PipelineParameter("num_nodes_finetune", nodes, ParameterOrigin.Request)];

        Assert.Equal(isEnough, ComputeRules.CheckNodes(Cluster("Succeeded", "Standard_ND96asr_v4"), parameters) is null);
    }

    [Theory]
    [InlineData("standard_nd96asr_v4", 8)]
    [InlineData("Standard_NC24ads_A100_v4", 1)]
    public void Gpus_per_node_are_looked_up_in_any_case(string size, int gpus) => Assert.Equal(gpus, ComputeRules.GpusPerNode(size, Sizes).Value);

    [Theory]
    [InlineData("Standard_NC96ads_A100_v4", "ComputeSizeNotOffered")]
    [InlineData("Standard_DS3_v2", "ComputeSizeWithoutGpu")]
    public void Size_without_GPUs_here_is_refused_with_those_that_are_offered_and_allowed(string size, string code)
    {
        Outcome<int> outcome = ComputeRules.GpusPerNode(size, Sizes, Samples.Model(Listed));

        Assert.Equal(OutcomeKind.Invalid, outcome.Kind);
        Assert.Equal(code, outcome.Failure!.Code);
        Assert.Equal("Choose one of Standard_NC24ads_A100_v4, STANDARD_ND96ASR_V4.", outcome.Failure.NextStep);
    }

    [Fact]
    public void Suggestions_without_a_list_leave_the_unsupported_sizes_out() =>
        Assert.Equal(
            "Choose one of Standard_NC24ads_A100_v4, Standard_ND40rs_v2, STANDARD_ND96ASR_V4.",
            ComputeRules.GpusPerNode("x", Sizes).Failure!.NextStep);

    [Fact]
    public void Suggestions_are_ten_at_most()
    {
        VmSize[] many = [.. Enumerable.Range(10, 30).Select(i => new VmSize($"Standard_X{i}", 1, 1, 1, false))];

        Assert.Equal(10, ComputeRules.GpusPerNode("x", many).Failure!.NextStep!.Split("Standard_").Length - 1);
    }

    [Fact]
    public void Region_without_any_fitting_size_is_named_as_the_cause() =>
        Assert.Contains("another region", ComputeRules.GpusPerNode("x", Sizes[..1]).Failure!.NextStep, StringComparison.Ordinal);

    [Theory]
    [InlineData("standard_nc24ads_a100_v4", false, null)]
    [InlineData("Standard_ND40rs_v2", false, "InstanceTypeNotAllowed")]
    [InlineData("Standard_ND40rs_v2", true, null)]
    [InlineData("Standard_NC4as_T4_v3", false, "InstanceTypeNotOffered")]
    [InlineData("Standard_NC4as_T4_v3", true, "InstanceTypeNotOffered")]
    public void Serving_size_must_be_listed_unless_that_is_waived_and_offered_in_any_case(string size, bool allowUnlisted, string? code) =>
        Assert.Equal(code, ComputeRules.CheckServingSize(size, Samples.Model(inference: Listed), allowUnlisted, Sizes)?.Code);

    [Fact]
    public void Serving_size_is_held_against_the_list_beside_the_tags()
    {
        RegistryModel model = Samples.Model() with { SupportedInferenceComputes = ["Standard_ND40rs_v2"] };

        Assert.Null(ComputeRules.CheckServingSize("Standard_ND40rs_v2", model, false, Sizes));
        Assert.Equal("InstanceTypeNotAllowed", ComputeRules.CheckServingSize("Standard_NC6", model, false, Sizes)!.Code);
    }

    [Fact]
    public void Without_a_list_any_offered_serving_size_is_taken() => Assert.Null(ComputeRules.CheckServingSize("Standard_DS3_v2", Samples.Model(), false, Sizes));

    [Fact]
    public void Unknown_sizes_are_not_held_against_an_empty_list_of_offers() =>
        Assert.Null(ComputeRules.CheckServingSize("Standard_ND96asr_v4", Samples.Model(inference: Listed), false, []));

    [Fact]
    public void Unreadable_serving_tag_stops_unless_unlisted_types_are_allowed()
    {
        RegistryModel model = Samples.Model(inference: "[");

        Assert.Equal("InvalidAllowList", ComputeRules.CheckServingSize("Standard_NC6", model, false, Sizes)!.Code);
        Assert.Null(ComputeRules.CheckServingSize("Standard_NC6", model, true, Sizes));
    }

    private static ComputeCluster Cluster(string state, string size) => new("/computes/gpu", "gpu", size, "Dedicated", state, 2);
}
