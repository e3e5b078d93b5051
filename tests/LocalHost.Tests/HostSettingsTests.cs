using FineTune.LocalHost.Configuration;
using FineTune.Workflow.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace FineTune.LocalHost.Tests;

public sealed class HostSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_set_is_a_loopback_host_with_azurite_and_simulator()
    {
        HostSettings settings = Read();

        RunRequest request = settings.Check();

        Assert.Equal(7071, settings.Port);
        Assert.True(settings.Storage.UsesAzurite);
        Assert.True(settings.Workspace.IsSimulated);
        Assert.Equal(TimeSpan.FromHours(4), request.TimeToLive);
    }

    [Fact]
    public void Settings_are_read_by_their_names()
    {
        HostSettings settings = Read(
            ("Port", "7000"), ("Storage:AzuritePort", "0"), ("Drops:Interval", "00:00:05"), ("Workspace:SubscriptionId", "s"),
            ("Workspace:ResourceGroup", "g"), ("Workspace:Name", "w"), ("Workspace:Cloud", "china"));

        settings.Check();
        Assert.Equal(7000, settings.Port);
        Assert.Equal(0, settings.Storage.AzuritePort);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.Drops.Interval);
        Assert.False(settings.Workspace.IsSimulated);
    }

    [Theory]
    [InlineData("Prot", "7000")]
    [InlineData("Storage:AzurePort", "7000")]
    [InlineData("Port", "seven")]
    [InlineData("Drops:Interval", "often")]
    public void A_name_or_value_that_is_no_setting_is_refused(string name, string value)
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => Read((name, value)));

        Assert.Contains(name.Split(':')[^1], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_are_no_settings_are_all_named_with_those_that_were_probably_meant()
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => Read(("Prot", "7000"), ("Workspace:Nam", "w"), ("Colour", "red")));

        Assert.Equal(
            [
                "FineTune:Colour is no setting.",
                "FineTune:Prot is no setting. Did you mean FineTune:Port?",
                "FineTune:Workspace:Nam is no setting. Did you mean FineTune:Workspace:Name?",
            ],
            error.Failures.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        HostSettings settings = Read(
            ("Port", "70000"), ("Data", " "), ("Speed", "-1"), ("Storage:ConnectionString", "x"), ("Storage:ServiceUri", "http://account"),
            ("Workspace:Name", "w"), ("Workspace:Cloud", "Moon"), ("Drops:Interval", "00:00:00"), ("Sweeper:Interval", "-00:00:01"));

        OptionsValidationException error = Assert.Throws<OptionsValidationException>(settings.Check);

        string[] names = [.. error.Failures.Select(failure => failure.Split(' ')[0].Replace("FineTune:", "", StringComparison.Ordinal))];
        Assert.Equal(
            ["Port", "Data", "Speed", "Speed", "Storage", "Storage:ServiceUri", "Workspace", "Workspace:Cloud", "Drops:Interval", "Sweeper:Interval"],
            names);
    }

    [Theory]
    [InlineData("Speed", "60")]
    [InlineData("Speed", "0.5")]
    public void Time_of_a_real_workspace_cannot_be_scaled(string name, string value)
    {
        HostSettings settings = Read((name, value), ("Workspace:SubscriptionId", "s"), ("Workspace:ResourceGroup", "g"), ("Workspace:Name", "w"));

        Assert.Contains("real time", Assert.Throws<OptionsValidationException>(settings.Check).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_request_is_laid_over_the_products_defaults()
    {
        string file = _folder.Write("default.json", """{"timeToLive":"PT1H","deployment":{"instanceCount":2}}""");

        RunRequest request = Read(("DefaultRequest", file)).Check();

        Assert.Equal(TimeSpan.FromHours(1), request.TimeToLive);
        Assert.Equal(2, request.Deployment.InstanceCount);
        Assert.Equal("demo", request.Deployment.Name);
    }

    [Fact]
    public void A_wrong_default_request_is_named_with_file_field_and_line()
    {
        string file = _folder.Write("default.json", "{\n  \"timeToLive\": \"soon\"\n}");

        OptionsValidationException error = Assert.Throws<OptionsValidationException>(Read(("DefaultRequest", file)).Check);

        string failure = Assert.Single(error.Failures);
        Assert.Contains(file, failure, StringComparison.Ordinal);
        Assert.Contains("$.timeToLive (line 2", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_default_request_that_is_not_there_is_refused()
    {
        OptionsValidationException error =
            Assert.Throws<OptionsValidationException>(Read(("DefaultRequest", _folder.Combine("missing.json"))).Check);

        Assert.Contains("missing.json", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    private static HostSettings Read(params (string Name, string Value)[] settings) => HostSettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"FineTune:{setting.Name}", (string?)setting.Value))));
}
