using System.Text.Json;
using System.Text.RegularExpressions;

namespace FineTune.Infra.Tests;

public sealed partial class AzdTests
{
    private static readonly string[] FromAzdItself = ["AZURE_SUBSCRIPTION_ID"];

    private static string AzureYaml => RepositoryRoot.Read("azure.yaml");

    [Fact]
    public void Every_hook_exists_for_both_shells()
    {
        string[] scripts = [.. Run().Matches(AzureYaml).Select(match => match.Groups["path"].Value)];
        string[] files = [.. Directory.EnumerateFiles(RepositoryRoot.File("infra", "hooks")).Select(path => $"infra/hooks/{Path.GetFileName(path)}")];

        Assert.Equal(files.Order(StringComparer.Ordinal), scripts.Order(StringComparer.Ordinal));
        Assert.Equal(
            scripts.Where(path => path.EndsWith(".sh", StringComparison.Ordinal)).Select(path => Path.ChangeExtension(path, "ps1")).Order(StringComparer.Ordinal),
            scripts.Where(path => path.EndsWith(".ps1", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Shell_hooks_are_executable_and_strict() =>
        Assert.All(Directory.EnumerateFiles(RepositoryRoot.File("infra", "hooks"), "*.sh"), path =>
        {
            string[] lines = File.ReadAllLines(path);
            Assert.Equal("#!/usr/bin/env bash", lines[0]);
            Assert.Contains("set -euo pipefail", lines);
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path).HasFlag(UnixFileMode.UserExecute), $"{path} can't be executed");
        });

    [Fact]
    public void PowerShell_hooks_are_strict() =>
        Assert.All(Directory.EnumerateFiles(RepositoryRoot.File("infra", "hooks"), "*.ps1"), path =>
        {
            string[] lines = File.ReadAllLines(path);
            Assert.Contains("Set-StrictMode -Version Latest", lines);
            Assert.Contains("$ErrorActionPreference = 'Stop'", lines);
        });

    [Fact]
    public void Hooks_read_nothing_but_what_infra_gives_them()
    {
        string[] given =
        [
            .. BicepFile.Read("infra/main.bicep").Outputs.Select(output => output.Name),
            .. FromAzdItself,
        ];

        Assert.All(Directory.EnumerateFiles(RepositoryRoot.File("infra", "hooks")), path => Assert.Empty(Variables(path)
            .Where(name => !name.StartsWith("FINETUNE_", StringComparison.Ordinal))
            .Except(given, StringComparer.Ordinal)));
    }

    [Fact]
    public void The_two_shells_read_the_same() =>
        Assert.All(
            Directory.EnumerateFiles(RepositoryRoot.File("infra", "hooks"), "*.sh"),
            path => Assert.Equal(Variables(path).Order(StringComparer.Ordinal), Variables(Path.ChangeExtension(path, "ps1")).Order(StringComparer.Ordinal)));

    [Fact]
    public void The_hook_of_dropped_datasets_gives_its_template_every_parameter()
    {
        IEnumerable<string> declared = BicepFile.Read("infra/dataset-events.bicep").Parameters.Select(parameter => parameter.Name).Order(StringComparer.Ordinal);
        foreach (string file in (string[])["postdeploy.sh", "postdeploy.ps1"])
        {
            IEnumerable<string> given = Given().Matches(RepositoryRoot.Read("infra", "hooks", file)).Select(match => match.Groups["name"].Value);
            Assert.Equal(declared, given.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Services_and_infra_are_where_azd_looks_for_them()
    {
        Assert.Contains("path: infra", AzureYaml, StringComparison.Ordinal);
        Assert.Contains("module: main", AzureYaml, StringComparison.Ordinal);
        string service = Service().Match(AzureYaml).Groups["name"].Value;
        Assert.Contains($"'azd-service-name': '{service}'", RepositoryRoot.Read("infra", "main.bicep"), StringComparison.Ordinal);
        Assert.Equal("src/FunctionsApp", Project().Match(AzureYaml).Groups["path"].Value);
    }

    [Fact]
    public void Parameters_that_azd_passes_exist_and_none_that_is_needed_is_missing()
    {
        using var file = JsonDocument.Parse(RepositoryRoot.Read("infra", "main.parameters.json"));
        string[] passed = [.. file.RootElement.GetProperty("parameters").EnumerateObject().Select(parameter => parameter.Name)];
        BicepDeclaration[] declared = [.. BicepFile.Read("infra/main.bicep").Parameters];

        Assert.Empty(passed.Except(declared.Select(parameter => parameter.Name), StringComparer.Ordinal));
        Assert.Empty(declared.Where(parameter => !parameter.HasDefault).Select(parameter => parameter.Name).Except(passed, StringComparer.Ordinal));
    }

    [Fact]
    public void Parameters_keep_their_defaults_in_one_place_and_no_output_feeds_them_back()
    {
        using var file = JsonDocument.Parse(RepositoryRoot.Read("infra", "main.parameters.json"));
        string[] variables =
        [
            .. file.RootElement.GetProperty("parameters").EnumerateObject()
                .Select(parameter => Variable().Match(parameter.Value.GetProperty("value").GetString()!))
                .Select(match => match.Success ? match.Groups["name"].Value : throw new FormatException("A value must be one variable of azd's environment.")),
        ];
        IEnumerable<string> outputs = BicepFile.Read("infra/main.bicep").Outputs.Select(output => output.Name);

        Assert.Equal(variables.Length, variables.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["AZURE_LOCATION", "AZURE_RESOURCE_GROUP"], variables.Intersect(outputs, StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    private static HashSet<string> Variables(string path) => Environment().Matches(File.ReadAllText(path))
        .Select(match => match.Groups["name"].Value)
        .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"^\s+run: (?<path>\S+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Run();

    [GeneratedRegex(@"^services:\n  (?<name>\w+):", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Service();

    [GeneratedRegex(@"^\s+project: (?<path>\S+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Project();

    [GeneratedRegex(@"^\$\{(?<name>[A-Z_]+)\}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"(\$env:|\$\{)(?<name>[A-Z][A-Z0-9_]{3,})\b(?!\[)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Environment();

    [GeneratedRegex(@"^\s+(?<name>[a-z]\w+)=""?\$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Given();
}
