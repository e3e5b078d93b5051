using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using FineTune.FunctionsApp.Configuration;
using FineTune.FunctionsApp.Functions;
using FineTune.Workflow;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Rules;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Tests.Functions;

/// <summary>What the Functions host is told: names, triggers, routes, keys, and the settings they refer to.</summary>
public sealed partial class FunctionMetadataTests
{
    private static readonly JsonElement Sample = Read("local.settings.sample.json").GetProperty("Values");
    private static readonly DurableTaskRegistry Registry = WorkflowTasks.AddTo(new DurableTaskRegistry());

    [Fact]
    public async Task The_generated_metadata_lists_every_function()
    {
        Type generated = typeof(FineTuneServices).Assembly.GetTypes().Single(type => type.IsClass && type.IsAssignableTo(typeof(IFunctionMetadataProvider)));
        var provider = (IFunctionMetadataProvider)Activator.CreateInstance(generated)!;

        IEnumerable<IFunctionMetadata> listed = await provider.GetFunctionMetadataAsync("");

        Assert.Equal(
            FunctionTable.All.Select(function => function.Name).Order(StringComparer.Ordinal),
            listed.Select(function => function.Name!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_orchestration_and_every_activity_is_a_function_of_its_name_and_no_other()
    {
        Assert.Equal(
            Registry.Orchestrations.Keys.Order(StringComparer.Ordinal),
            FunctionTable.With<OrchestrationTriggerAttribute>().Select(function => function.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            Registry.Activities.Keys.Order(StringComparer.Ordinal),
            FunctionTable.With<ActivityTriggerAttribute>().Select(function => function.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Routes_and_keys_are_these_and_only_health_is_open()
    {
        string[] expected =
        [
            "AdministerRun: post runs/{runId}/{command:regex(^(extend|keep|teardown)$)}, Function",
            "ApproveRun: post runs/{runId}/approve, Function",
            "CancelRun: post runs/{runId}/cancel, Function",
            "Health: get health, Anonymous",
            "ReadRuns: get runs/{*path}, Function",
            "SubmitRun: post runs, Function",
        ];

        Assert.Equal(expected, FunctionTable.With<HttpTriggerAttribute>()
            .Select(function => $"{function.Name}: {string.Join(',', function.Trigger.Methods!)} {function.Trigger.Route}, {function.Trigger.AuthLevel}")
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Dropped_datasets_come_from_events_or_by_looking_under_the_same_path()
    {
        Dictionary<string, BlobTriggerAttribute> triggers =
            FunctionTable.With<BlobTriggerAttribute>().ToDictionary(function => function.Name, function => function.Trigger);

        Assert.Equal(BlobTriggerSource.EventGrid, triggers[nameof(DatasetFunctions.DatasetDropped)].Source);
        Assert.Equal(BlobTriggerSource.LogsAndContainerScan, triggers[nameof(DatasetFunctions.DatasetDroppedPolling)].Source);
        Assert.All(triggers.Values, trigger =>
        {
            Assert.Equal($"{DroppedBlobs.Container}/{DroppedBlobs.Prefix}{{name}}", trigger.BlobPath);
            Assert.Equal(DatasetsAccount.Connection, trigger.Connection);
        });

        // One of the two, never both: Azurite has no events, and Flex Consumption can't look.
        Assert.NotEqual(
            Sample.GetProperty("AzureWebJobs.DatasetDropped.Disabled").GetString(),
            Sample.GetProperty("AzureWebJobs.DatasetDroppedPolling.Disabled").GetString());
    }

    [Fact]
    public void Every_setting_that_a_trigger_or_the_host_refers_to_is_in_the_sample()
    {
        IEnumerable<string> referred = FunctionTable.All
            .SelectMany(function => function.Trigger.GetType().GetProperties().Where(property => property.PropertyType == typeof(string))
                .Select(property => (property.Name, Value: (string?)property.GetValue(function.Trigger) ?? "")))
            .SelectMany(property => property.Name == "Connection" ? [property.Value] : Placeholders(property.Value))
            .Concat(Placeholders(File.ReadAllText(SettingsFile("host.json"))))
            .Where(name => name.Length > 0)
            .Distinct(StringComparer.Ordinal);

        Assert.Equal(
            ["Datasets", "PurgeSchedule", "ReconcileSchedule", "SweeperSchedule", "TASKHUB_NAME"], referred.Order(StringComparer.Ordinal));
        Assert.All(referred, name => Assert.True(Sample.TryGetProperty(name, out _), $"{name} is missing in local.settings.sample.json."));
    }

    [Fact]
    public void New_instances_get_the_version_that_the_host_hands_to_workers()
    {
        Assert.Equal(
            FineTuneRun.Version, Read("host.json").GetProperty("extensions").GetProperty("durableTask").GetProperty("defaultVersion").GetString());
        Assert.All(Registry.Orchestrations.Values, orchestration => Assert.Equal(FineTuneRun.Version, orchestration.Version));
    }

    [Fact]
    public void A_function_that_works_with_the_engine_hands_its_binding_over() => Assert.All(
        FunctionTable.All.Where(function => function.Trigger is HttpTriggerAttribute or BlobTriggerAttribute or QueueTriggerAttribute && function.Name != "Health"),
        function => Assert.Contains(function.Method.GetParameters(), parameter => parameter.GetCustomAttribute<DurableClientAttribute>() is not null));

    private static IEnumerable<string> Placeholders(string text) => Placeholder().Matches(text).Select(match => match.Groups["name"].Value);

    private static string SettingsFile(string name) => Path.Combine(AppContext.BaseDirectory, "settings", name);

    private static JsonElement Read(string name) => JsonElement.Parse(File.ReadAllText(SettingsFile(name)));

    [GeneratedRegex("%(?<name>[A-Za-z_]+)%", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();
}
