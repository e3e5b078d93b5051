using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Tests.Rules;

public sealed partial class RunRequestDocumentTests
{
    private static readonly JsonSerializerOptions WithNulls = new(DurableJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Path.Combine(Root, "samples"), "*.run.json").Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Sample_request_is_valid(string name) =>
        Assert.Empty(RunRequestReader.Read(File.ReadAllBytes(Path.Combine(Root, "samples", name)), new RunRequest(), datasetPathRequired: true).Errors);

    [Fact]
    public void Full_sample_gives_every_field()
    {
        using JsonDocument sample = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Root, "samples", "full.run.json")));

        Assert.Equal(Fields().Select(field => field.Path).Order(), Leaves(JsonNode.Parse(sample.RootElement.GetRawText())!, string.Empty).Select(leaf => leaf.Path).Where(IsField).Order());
    }

    [Fact]
    public void Every_field_is_documented_with_its_default()
    {
        string[] document = File.ReadAllLines(Path.Combine(Root, "docs", "run-request.md"));

        Assert.All(Fields(), field =>
        {
            string row = Assert.Single(document, line => line.StartsWith($"| `{field.Path}` |", StringComparison.Ordinal));
            string documented = row.Split('|')[4].Trim(' ', '◆', '`');
            Assert.Equal(field.Default, documented == "none" ? "null" : documented);
        });
    }

    [Fact]
    public void Every_code_that_a_rule_gives_is_documented()
    {
        string document = File.ReadAllText(Path.Combine(Root, "docs", "errors.md"));
        string[] codes =
        [
            .. Directory.EnumerateFiles(Path.Combine(Root, "src", "Workflow", "Rules"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(path => FailureCode().Matches(File.ReadAllText(path)))
                .SelectMany(match => match.Groups["code"].Captures)
                .Select(capture => capture.Value)
                .Distinct(),
        ];

        Assert.InRange(codes.Length, 20, 100);
        Assert.All(codes, code => Assert.Contains($"| `{code}` |", document, StringComparison.Ordinal));
    }

    // Every leaf of the request but parameters and gates, whose names are free.
    private static IEnumerable<(string Path, string Default)> Fields() =>
        Leaves(JsonSerializer.SerializeToNode(new RunRequest(), WithNulls)!, string.Empty)
            .Where(leaf => IsField(leaf.Path));

    private static bool IsField(string path) => !path.StartsWith("parameters", StringComparison.Ordinal) && !path.StartsWith("metricGates", StringComparison.Ordinal);

    private static IEnumerable<(string Path, string Default)> Leaves(JsonNode? node, string path) => node is JsonObject parent
        ? parent.SelectMany(member => Leaves(member.Value, path.Length == 0 ? member.Key : $"{path}.{member.Key}"))
        : [(path, node?.ToString() ?? "null")];

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "FineTuneFunctions.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }

    [GeneratedRegex("""new Failure\(\s*([a-z ]+ \? )?"(?<code>[A-Z][A-Za-z]+)"( : "(?<code>[A-Z][A-Za-z]+)")?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FailureCode();
}
