using System.Text.RegularExpressions;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Rules;

public sealed partial class ResourceNamesTests
{
    [Theory]
    [InlineData("20261122-101500-k3j9x2m7", "finetune-20261122-101500-k3j9x2m7")]
    [InlineData("Run_1", "finetune-Run_1")]
    public void Job_is_named_after_its_run(string runId, string expected) => Assert.Equal(expected, ResourceNames.Job(runId));

    [Fact]
    public void Jobs_of_runs_that_differ_in_odd_characters_only_have_different_names()
    {
        Assert.NotEqual(ResourceNames.Job("a b"), ResourceNames.Job("a-b"));
        Assert.NotEqual(ResourceNames.Job("a b"), ResourceNames.Job("a.b"));
        Assert.NotEqual(ResourceNames.Job(new string('a', 400)), ResourceNames.Job(new string('a', 401)));
    }

    [Fact]
    public void Endpoint_name_is_readable_and_stable()
    {
        string name = ResourceNames.Endpoint("run-1", "Phi-4-mini-instruct");

        Assert.StartsWith("phi-4-mini-instruct-", name, StringComparison.Ordinal);
        Assert.Equal(name, ResourceNames.Endpoint("run-1", "Phi-4-mini-instruct"));
        Assert.NotEqual(name, ResourceNames.Endpoint("run-2", "Phi-4-mini-instruct"));

        // A run that is on its way across an update of this program must find its endpoint again.
        Assert.Equal("phi-4-mini-instruct-okzg55d5nn", name);
    }

    [Theory]
    [InlineData("1.5B/чат", "b-")]
    [InlineData("///", "ft-")]
    [InlineData("", "ft-")]
    [InlineData("42", "ft-")]
    public void Endpoint_begins_with_a_letter_whatever_the_models_name(string modelName, string start) =>
        Assert.StartsWith(start, ResourceNames.Endpoint("r", modelName), StringComparison.Ordinal);

    [Fact]
    public void Any_endpoint_name_keeps_the_services_rules() =>
        Prop.ForAll<NonEmptyString, string?, NonNegativeInt>((runId, modelName, attempt) =>
        {
            string name = ResourceNames.Endpoint(runId.Get, modelName ?? string.Empty, attempt.Get);
            string next = ResourceNames.Endpoint(runId.Get, modelName ?? string.Empty, attempt.Get + 1);
            return EndpointName().IsMatch(name) && !name.Contains("--", StringComparison.Ordinal) && name != next;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Attempts_up_to_the_largest_keep_the_limit() =>
        Assert.Matches(EndpointName(), ResourceNames.Endpoint("r", new string('m', 300), int.MaxValue));

    [Fact]
    public void Any_asset_name_keeps_the_services_rules() =>
        Prop.ForAll<NonEmptyString, string?, string?>((runId, modelName, path) =>
        {
            string dataset = ResourceNames.DatasetName(path ?? string.Empty);
            return DatasetName().IsMatch(dataset)
                && AssetName().IsMatch(ResourceNames.Job(runId.Get))
                && AssetName().IsMatch(ResourceNames.Model(modelName ?? string.Empty, dataset))
                && AssetName().IsMatch(ResourceNames.Experiment(modelName ?? string.Empty));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Theory]
    [InlineData("Phi-3-mini-4k-instruct", "ultrachat-200k", "Phi-3-mini-4k-instruct-ultrachat-200k")]
    [InlineData("org/model", "ultrachat-200k", "org-model-ultrachat-200k")]
    [InlineData("org//model", "d", "org--model-d")]
    [InlineData("Phi-3.5-mini", "my set", "Phi-3-5-mini-my-set")]
    [InlineData("_x", "d", "x-d")]
    public void Model_is_named_as_in_the_notebook(string model, string dataset, string expected) =>
        Assert.Equal(expected, ResourceNames.Model(model, dataset));

    [Fact]
    public void Long_names_are_cut_at_255() => Assert.Equal(255, ResourceNames.Model(new string('m', 300), "d").Length);

    [Theory]
    [InlineData("incoming/chat.jsonl", "chat")]
    [InlineData("shared/ultrachat/", "ultrachat")]
    [InlineData("shared/ultra.jsonl/", "ultra-jsonl")]
    [InlineData("Chat.Train.PARQUET", "chat-train")]
    [InlineData("ultrachat_200k.jsonl", "ultrachat_200k")]
    [InlineData("a/b/support tickets (2026).jsonl", "support-tickets-2026")]
    [InlineData(".jsonl", "jsonl")]
    [InlineData("чат.jsonl", "dataset")]
    [InlineData("/", "dataset")]
    public void Dataset_is_named_after_its_blob_or_folder(string path, string expected) => Assert.Equal(expected, ResourceNames.DatasetName(path));

    [Theory]
    [InlineData("Phi-3-mini-4k-instruct", "chat_completion_Phi-3-mini-4k-instruct")]
    [InlineData("Phi-3.5", "chat_completion_Phi-3-5")]
    public void Experiment_is_named_as_in_the_notebook(string model, string expected) => Assert.Equal(expected, ResourceNames.Experiment(model));

    [Fact]
    public void Model_version_is_the_second_of_the_start() =>
        Assert.Equal("1795429200", ResourceNames.ModelVersion(new DateTimeOffset(2026, 11, 23, 11, 20, 0, 900, TimeSpan.FromHours(1))));

    [Theory]
    [InlineData("train_sft.jsonl", true)]
    [InlineData("it's.jsonl", false)]
    [InlineData("a\\b.jsonl", false)]
    [InlineData("a/b.jsonl", false)]
    [InlineData("a\nb", false)]
    [InlineData("..", false)]
    [InlineData("", false)]
    public void Split_file_names_without_what_the_component_can_not_read_are_taken(string name, bool isTaken) =>
        Assert.Equal(isTaken, ResourceNames.CheckSplitFileName(name) is null);

    [GeneratedRegex(@"^[a-z][a-z0-9-]{1,30}[a-z0-9]\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EndpointName();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AssetName();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9\-_]{0,63}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DatasetName();
}
