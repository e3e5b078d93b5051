using FineTune.FunctionsApp.Configuration;
using FineTune.Workflow.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FineTune.FunctionsApp.Tests.Configuration;

public sealed class AppSettingsTests
{
    private static readonly Dictionary<string, string?> Workspace = new(StringComparer.Ordinal)
    {
        ["FineTune:Workspace:SubscriptionId"] = "s",
        ["FineTune:Workspace:ResourceGroup"] = "g",
        ["FineTune:Workspace:Name"] = "w",
    };

    [Fact]
    public void A_workspace_is_all_that_must_be_set()
    {
        (AppSettings settings, RunRequest request) = Load();

        Assert.Equal("w", settings.Workspace.Identifier.WorkspaceName);
        Assert.False(settings.RequireSignIn);
        Assert.Equal(TimeSpan.FromDays(90), settings.HistoryRetention);
        Assert.Equal(new RunRequest().TimeToLive, request.TimeToLive);
    }

    [Fact]
    public void A_default_request_is_laid_over_the_products_own()
    {
        (_, RunRequest request) = Load(("FineTune:DefaultRequest", """{"timeToLive":"PT4H"}"""));

        Assert.Equal(TimeSpan.FromHours(4), request.TimeToLive);
        Assert.Equal(new RunRequest().BaseModel, request.BaseModel);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        OptionsValidationException refusal = Assert.Throws<OptionsValidationException>(() => Load(
            ("FineTune:Workspace:Name", ""),
            ("FineTune:Workspace:Cloud", "Moon"),
            ("FineTune:Workspace:SimulatorUri", "http://example.com"),
            ("FineTune:Drops:SettlingTime", "02:00:00"),
            ("FineTune:HistoryRetention", "00:00:01"),
            ("FineTune:RequireSignIn", "true"),
            ("FineTune:DefaultRequest", """{"colour":1}""")));

        string[] names = ["Workspace:Name", "Workspace:Cloud", "Workspace:SimulatorUri", "Drops:SettlingTime", "HistoryRetention", "RequireSignIn", "$.colour"];
        Assert.Equal(names.Length, refusal.Failures.Count());
        Assert.All(names.Zip(refusal.Failures), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_is_no_setting_is_refused() =>
        Assert.Contains("Sweper", Assert.Throws<OptionsValidationException>(() => Load(("FineTune:Sweper", "x"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Sign_in_can_be_required_where_the_platform_signs_in() =>
        Assert.True(Load(("FineTune:RequireSignIn", "true"), ("WEBSITE_AUTH_ENABLED", "True")).Settings.RequireSignIn);

    [Theory]
    [InlineData("Datasets", "UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1")]
    [InlineData("Datasets:blobServiceUri", "https://data.blob.core.windows.net", "https://data.blob.core.windows.net/")]
    public void The_datasets_account_is_a_connection_string_or_an_address(string name, string value, string address) =>
        Assert.Equal(new Uri(address), DatasetsAccount.Open(Configuration((name, value)), new Azure.Identity.DefaultAzureCredential()).Uri);

    [Theory]
    [InlineData("Other", "x")]
    [InlineData("Datasets:blobServiceUri", "http://data.blob.core.windows.net")]
    [InlineData("Datasets:blobServiceUri", "data")]
    public void A_datasets_account_that_is_missing_or_not_safe_is_refused(string name, string value) =>
        Assert.Throws<OptionsValidationException>(() => DatasetsAccount.Open(Configuration((name, value)), new Azure.Identity.DefaultAzureCredential()));

    private static (AppSettings Settings, RunRequest DefaultRequest) Load(params (string Name, string? Value)[] settings) =>
        AppSettings.Load(Configuration(settings));

    private static IConfigurationRoot Configuration(params (string Name, string? Value)[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(Workspace)
        .AddInMemoryCollection(settings.ToDictionary(setting => setting.Name, setting => setting.Value))
        .Build();
}
