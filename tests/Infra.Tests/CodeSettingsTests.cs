using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using FineTune.FunctionsApp.Configuration;

namespace FineTune.Infra.Tests;

/// <summary>
/// What the code of the Functions app reads, found in the code itself: the properties of its settings, what its triggers and
/// host.json refer to. <see cref="SettingsTests"/> carries on from the sample to docs and infra.
/// </summary>
public sealed partial class CodeSettingsTests
{
    /// <summary>Settings that the Functions host, its extensions and the Azure SDK read by themselves, and why the sample has them.</summary>
    private static readonly Dictionary<string, string> OfTheHost = new(StringComparer.Ordinal)
    {
        ["FUNCTIONS_WORKER_RUNTIME"] = "which worker the host starts",
        ["AzureWebJobsStorage"] = "the host's own storage",
        ["AzureFunctionsJobHost__extensions__durableTask__storageProvider__type"] = "overrides host.json: which backend",
        ["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"] = "the scheduler, with the backend azureManaged",
        ["AzureWebJobs.DatasetDropped.Disabled"] = "switches a function off",
        ["AzureWebJobs.DatasetDroppedPolling.Disabled"] = "switches a function off",
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "telemetry",
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "telemetry without a key",
        ["AZURE_CLIENT_ID"] = "Azure.Identity: which managed identity",
    };

    [Fact]
    public void The_sample_has_exactly_what_code_and_host_read()
    {
        using var sample = JsonDocument.Parse(RepositoryRoot.Read("local.settings.sample.json"));
        IEnumerable<string> names = sample.RootElement.GetProperty("Values").EnumerateObject().Select(property => property.Name);

        Assert.Equal(
            OfTheHost.Keys.Concat(Names(typeof(AppSettings), AppSettings.Section)).Concat(OfTriggers()).Order(StringComparer.Ordinal),
            names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_setting_of_the_host_that_switches_a_function_names_one_that_exists()
    {
        string source = string.Concat(Sources());

        Assert.All(
            OfTheHost.Keys.Where(name => name.StartsWith("AzureWebJobs.", StringComparison.Ordinal)),
            name => Assert.Contains($"[Function(nameof({name.Split('.')[1]}))]", source, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_read_past_the_settings()
    {
        // The platform's word on sign-in, and the storage connection that the triggers name as well.
        string[] known = ["\"WEBSITE_AUTH_ENABLED\"", "ServiceUri", "Connection"];
        IEnumerable<string> read = Sources().SelectMany(text => ConfigurationIndex().Matches(text)).Select(match => match.Groups["name"].Value);

        Assert.Equal(known.Order(StringComparer.Ordinal), read.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Sources(), text => text.Contains("Environment.GetEnvironmentVariable", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Names(Type type, string prefix) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite)
        .SelectMany(property => property.PropertyType.Namespace == type.Namespace
            ? Names(property.PropertyType, $"{prefix}__{property.Name}")
            : [$"{prefix}__{property.Name}"]);

    private static IEnumerable<string> OfTriggers() => Sources()
        .Append(RepositoryRoot.Read("host.json"))
        .SelectMany(text => Placeholder().Matches(text))
        .Select(match => match.Groups["name"].Value)
        .Append(DatasetsAccount.Connection)
        .Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Sources() => Directory
        .EnumerateFiles(RepositoryRoot.File("src", "FunctionsApp"), "*.cs", SearchOption.AllDirectories)
        .Select(File.ReadAllText);

    [GeneratedRegex("%(?<name>[A-Za-z_]+)%", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\bconfiguration\[(?<name>[^\]]+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ConfigurationIndex();
}
