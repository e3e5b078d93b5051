using System.Text.Json;
using System.Text.RegularExpressions;

namespace FineTune.Infra.Tests;

/// <summary>What the app reads stands in the sample settings, in infra and in the docs alike.</summary>
public sealed partial class SettingsTests
{
    private const string Absent = "—";

    [Fact]
    public void Settings_in_Azure_are_those_of_the_docs()
    {
        BicepFile main = BicepFile.Read("infra/main.bicep");
        string[] variables = AppSettings().Match(RepositoryRoot.Read("infra", "main.bicep")).Groups["names"].Value.Split(", ");
        IEnumerable<string> infra = variables.SelectMany(name => main.Declaration(name).AllKeys()).Distinct(StringComparer.Ordinal);

        Assert.Equal(Documented(column: 3), infra.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Settings_of_the_sample_are_those_of_the_docs()
    {
        using var sample = JsonDocument.Parse(RepositoryRoot.Read("local.settings.sample.json"));
        IEnumerable<string> names = sample.RootElement.GetProperty("Values").EnumerateObject().Select(property => property.Name);

        Assert.Equal(Documented(column: 2), names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Functions_in_the_source_are_those_of_the_docs()
    {
        IEnumerable<string> source = Sources()
            .Where(text => !text.Contains("[ActivityTrigger]", StringComparison.Ordinal) && !text.Contains("[OrchestrationTrigger]", StringComparison.Ordinal))
            .SelectMany(text => Function().Matches(text)).Select(match => match.Groups["name"].Value);
        string[] documented = [.. Rows("## Triggers").Select(cells => cells[1].Trim('`')).Where(name => !name.Contains(' ', StringComparison.Ordinal))];

        Assert.Equal(documented.Order(StringComparer.Ordinal), source.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void App_roles_are_those_that_the_app_asks_for()
    {
        using var roles = JsonDocument.Parse(RepositoryRoot.Read("infra", "app-roles.json"));
        string[] values = [.. roles.RootElement.EnumerateArray().Select(role => role.GetProperty("value").GetString()!)];
        string[] ids = [.. roles.RootElement.EnumerateArray().Select(role => role.GetProperty("id").GetString()!)];
        IEnumerable<string> asked = Sources().SelectMany(text => AppRole().Matches(text)).Select(match => match.Groups["role"].Value);

        Assert.Equal(asked.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), values.Order(StringComparer.Ordinal));
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, id => Assert.True(Guid.TryParseExact(id, "D", out _)));
    }

    [Theory]
    [InlineData("ended as")]
    [InlineData("past its time to live")]
    public void Messages_that_alerts_look_for_are_written_by_the_app(string message)
    {
        Assert.Contains(message, RepositoryRoot.Read("infra", "modules", "alerts.bicep"), StringComparison.Ordinal);
        Assert.Contains(Sources(), text => LogMessage().Matches(text).Any(match => match.Value.Contains(message, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_default_request_is_an_object()
    {
        using var request = JsonDocument.Parse(RepositoryRoot.Read("infra", "default-request.json"));
        Assert.Equal(JsonValueKind.Object, request.RootElement.ValueKind);
    }

    [Fact]
    public void Every_file_and_module_that_the_reference_names_exists()
    {
        string text = RepositoryRoot.Read("docs", "azure-reference.md");
        var modules = BicepFile.Read("infra/main.bicep").Modules.Select(module => module.Name).ToHashSet(StringComparer.Ordinal);
        var parameters = BicepFile.Read("infra/main.bicep").Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(Module().Matches(text), match => !modules.Contains(match.Groups["name"].Value));
        Assert.DoesNotContain(Parameter().Matches(text), match => !parameters.Contains(match.Groups["name"].Value));
        Assert.DoesNotContain(ModuleFile().Matches(text), match => !File.Exists(RepositoryRoot.File("infra", match.Groups["path"].Value)));
    }

    private static IOrderedEnumerable<string> Documented(int column) => Rows("## Settings")
        .Where(cells => cells[column] != Absent)
        .Select(cells => cells[1].Trim('`'))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string[]> Rows(string heading) => RepositoryRoot.Read("docs", "azure-reference.md")
        .Split('\n')
        .SkipWhile(line => line != heading)
        .Skip(1)
        .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Skip(1)
        .Select(line => line.Split('|', StringSplitOptions.TrimEntries));

    private static IEnumerable<string> Sources() => Directory
        .EnumerateFiles(RepositoryRoot.File("src", "FunctionsApp"), "*.cs", SearchOption.AllDirectories)
        .Select(File.ReadAllText);

    [GeneratedRegex(@"name: 'appsettings'\n[^}]*properties: union\((?<names>[\w, ]+)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AppSettings();

    [GeneratedRegex(@"\[Function\(nameof\((?<name>\w+)\)\)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Function();

    [GeneratedRegex(@"""(?<role>FineTune\.(Read|Submit|Approve|Administer)\w*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AppRole();

    [GeneratedRegex(@"\[LoggerMessage\(.*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"module `(?<name>\w+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Module();

    [GeneratedRegex(@"parameter `(?<name>\w+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"`(infra/)?(?<path>(modules/)?[\w-]+\.bicep)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ModuleFile();
}
