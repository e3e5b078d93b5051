using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Rules;

public sealed class RunRequestReaderTests
{
    [Fact]
    public void Empty_object_is_a_request_of_defaults()
    {
        var defaults = new RunRequest { DatasetName = "ours", Compute = new ComputeRequest { Name = "their-gpus" } };

        Assert.Equal(defaults, Read("{}", defaults).Request);
        Assert.Equal(defaults, Read("\uFEFF {} \r\n", defaults).Request);
    }

    [Fact]
    public void Every_field_can_be_given()
    {
        RunRequest request = Read(
            """
            {
              "dataset": { "path": "shared/chat.jsonl", "splitPercent": 12.5, "selection": "sample", "seed": -7, "testPercent": 20, "maxInvalidPercent": 1, "repair": "fix", "maxRows": 1000 },
              "baseModel": { "registry": "our-registry", "name": "Phi-3.5-mini", "version": "6" },
              "component": { "registry": "our-registry", "name": "tune", "version": "0.0.82" },
              "compute": { "name": "gpus", "size": "Standard_ND96asr_v4", "maxNodes": 4, "allowLowPriority": true, "idleTimeBeforeScaleDown": "PT5M" },
              "parameters": { "learning_rate": 2e-5, "apply_lora": false, "optim": "adafactor" },
              "metricGates": { "eval_loss": { "max": 2.5 }, "rouge1": { "min": 0.2, "max": null } },
              "approval": { "required": true, "timeout": "P1DT12H" },
              "deployment": {
                "name": "blue", "instanceType": "Standard_NC48ads_A100_v4", "instanceCount": 2, "allowUnlistedInstanceType": true,
                "livenessInitialDelay": "PT15M", "requestTimeout": "PT3M"
              },
              "smokeTest": { "rows": 3, "temperature": 0, "topP": 1, "doSample": false, "maxNewTokens": 64, "minAnswerLength": 5 },
              "timeToLive": "P2D",
              "experimentName": "exp-1",
              "datasetName": null
            }
            """,
            new RunRequest { DatasetName = "ours" }).Request!;

        Assert.Equal(
            new DatasetRequest { Path = "shared/chat.jsonl", SplitPercent = 12.5, Selection = RowSelection.Sample, Seed = -7, TestPercent = 20, MaxInvalidPercent = 1, Repair = RepairPolicy.Fix, MaxRows = 1000 },
            request.Dataset);
        Assert.Equal(new ModelReference { Registry = "our-registry", Name = "Phi-3.5-mini", Version = "6" }, request.BaseModel);
        Assert.Equal(new ComponentReference { Registry = "our-registry", Name = "tune", Version = "0.0.82" }, request.Component);
        Assert.Equal(
            new ComputeRequest { Name = "gpus", Size = "Standard_ND96asr_v4", MaxNodes = 4, AllowLowPriority = true, IdleTimeBeforeScaleDown = TimeSpan.FromMinutes(5) },
            request.Compute);
        Assert.Equal(["2e-5", "false", "\"adafactor\""], request.Parameters.Values.Select(value => value.GetRawText()));
        Assert.Equal(new MetricGate(Max: 2.5), request.MetricGates["eval_loss"]);
        Assert.Equal(new MetricGate(0.2), request.MetricGates["rouge1"]);
        Assert.Equal(new ApprovalRequest { Required = true, Timeout = TimeSpan.FromHours(36) }, request.Approval);
        Assert.Equal(
            new DeploymentRequest
            {
                Name = "blue",
                InstanceType = "Standard_NC48ads_A100_v4",
                InstanceCount = 2,
                AllowUnlistedInstanceType = true,
                LivenessInitialDelay = TimeSpan.FromMinutes(15),
                RequestTimeout = TimeSpan.FromMinutes(3),
            },
            request.Deployment);
        Assert.Equal(new SmokeTestRequest { Rows = 3, Temperature = 0, TopP = 1, DoSample = false, MaxNewTokens = 64, MinAnswerLength = 5 }, request.SmokeTest);
        Assert.Equal((TimeSpan.FromDays(2), "exp-1", null), (request.TimeToLive, request.ExperimentName, request.DatasetName));
    }

    [Fact]
    public void Reader_knows_every_field_of_the_contract_under_the_name_that_is_written()
    {
        var defaults = new RunRequest
        {
            Dataset = new DatasetRequest { Path = "a.jsonl" },
            MetricGates = new Dictionary<string, MetricGate> { ["m"] = new(1, 2) },
            ExperimentName = "e",
            DatasetName = "d",
        };

        string written = JsonSerializer.Serialize(defaults, DurableJson.Options);
        RunRequestReadResult result = Read(written);

        Assert.Empty(result.Errors);
        Assert.Equal(written, JsonSerializer.Serialize(result.Request, DurableJson.Options));
    }

    [Fact]
    public void Defaults_are_laid_under_field_by_field()
    {
        var defaults = new RunRequest
        {
            Dataset = new DatasetRequest { Path = "a.jsonl", SplitPercent = 50 },
            Parameters = new Dictionary<string, JsonElement> { ["seed"] = JsonElement.Parse("1"), ["optim"] = JsonElement.Parse("\"adafactor\"") },
            MetricGates = new Dictionary<string, MetricGate> { ["loss"] = new(Max: 3), ["eval_loss"] = new(Min: 1, Max: 3) },
        };

        RunRequest request = Read("""{"dataset": {"seed": 5}, "parameters": {"seed": 2}, "metricGates": {"eval_loss": {"max": 2}}}""", defaults).Request!;

        Assert.Equal(defaults.Dataset with { Seed = 5 }, request.Dataset);
        Assert.Equal(["2", "\"adafactor\""], request.Parameters.Values.Select(value => value.GetRawText()));
        Assert.Equal([new MetricGate(Max: 3), new MetricGate(1, 2)], request.MetricGates.Values);
        Assert.Equal("1", defaults.Parameters["seed"].GetRawText());
    }

    [Fact]
    public void All_errors_are_told_at_once_with_path_line_and_column()
    {
        IReadOnlyList<FieldError> errors = Read(
            """
            {
              "deployment": { "instnceCount": 3, "instanceCount": 0 },
              "dataset": { "splitPercent": "5", "selection": "some" },
              "timeToLive": "4h",
              "smokeTest": [1, {"a": 2}],
              "parameters": { "seed": [], "a b": 1, "train_file_path": "x" },
              "approval": null, "approval": {},
              "compute": { "name": "x", "maxNodes": 1.5 }
            }
            """).Errors;

        Assert.Equal(
            [
                "$.deployment.instnceCount (line 2, column 19): Is no field. Did you mean instanceCount?",
                "$.deployment.instanceCount (line 2, column 55): Must be 1 to 50, not 0.",
                "$.dataset.splitPercent (line 3, column 32): Must be a number, not \"5\".",
                "$.dataset.selection (line 3, column 50): Must be \"First\" or \"Sample\", not \"some\".",
                "$.timeToLive (line 4, column 17): Must be a string with an ISO 8601 duration of days, hours, minutes and seconds, such as \"PT4H\" or \"P1DT30M\", not \"4h\".",
                "$.smokeTest (line 5, column 16): Must be an object, not an array.",
                "$.parameters.seed (line 6, column 27): Must be a string, a number or a boolean, not an array.",
                "$.parameters['a b'] (line 6, column 38): Must be named as an input of the component: 1 to 128 letters, digits and underscores, no digit first.",
                "$.parameters.train_file_path (line 6, column 60): Is set by the workflow: dataset decides it.",
                "$.approval (line 7, column 15): Must be an object, not null; leave the field out to have its default.",
                "$.approval (line 7, column 21): Is given twice.",
                "$.compute.name (line 8, column 24): Must be 2 to 16 letters, digits and dashes, beginning and ending with a letter or digit.",
                "$.compute.maxNodes (line 8, column 41): Must be an integer from -2147483648 to 2147483647, not 1.5.",
            ],
            errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("", 1, 1, "Is empty")]
    [InlineData(" \n ", 2, 2, "Is empty")]
    [InlineData("{", 1, 2, "the text ends too early")]
    [InlineData("{\n  // mine\n}", 2, 3, "comments are not allowed")]
    [InlineData("{ \"seed\": 1, /* x */ }", 1, 14, "comments are not allowed")]
    [InlineData("{\"timeToLive\": \"PT1H\",\n}", 2, 1, "no comma may stand before a closing bracket")]
    [InlineData("{'a': 1}", 1, 2, "strings and names stand in double quotes")]
    [InlineData("{} {}", 1, 4, "Is not JSON")]
    [InlineData("{\"é😀\": tru }", 1, 12, "Is not JSON")]
    [InlineData("{\"datasetName\": \"a\u0001\"}", 1, 19, "Is not JSON")]
    [InlineData("{\"datasetName\": \"\\ud83d\"}", 1, 17, "half a character")]
    [InlineData("{\"\\ud83d\": 1}", 1, 2, "half a character")]
    [InlineData("{\"parameters\": {\"a\": \"\\ud83d\"}}", 1, 22, "half a character")]
    public void Break_of_the_syntax_is_told_with_its_place(string json, long line, long column, string message)
    {
        FieldError error = Assert.Single(Read(json).Errors, error => error.Path == "$");

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("\"{}\"")]
    public void Text_that_is_no_object_is_refused(string json) =>
        Assert.StartsWith("Must be an object", Assert.Single(Read(json).Errors).Message, StringComparison.Ordinal);

    [Fact]
    public void Errors_before_a_break_of_the_syntax_are_told_too() =>
        Assert.Equal(["$.nonsense", "$"], Read("{\"nonsense\": 1,\n \"dataset\": nope}").Errors.Select(error => error.Path));

    [Fact]
    public void Too_deep_a_text_is_refused_and_a_deep_unknown_field_is_only_unknown()
    {
        Assert.Equal("$.x", Assert.Single(Read($$"""{"x": {{new string('[', 30)}}{{new string(']', 30)}}}""").Errors).Path);
        Assert.Contains("depth of 32", Read($$"""{"x": {{new string('[', 5000)}}""").Errors[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_long_a_text_is_refused_unread() =>
        Assert.Contains("1,048,576", Assert.Single(RunRequestReader.Read(new byte[RunRequestReader.MaxBytes + 1], new RunRequest()).Errors).Message, StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_not_UTF8_is_refused_at_the_first_wrong_byte()
    {
        byte[] text = [.. "{\n\"datasetName\": \"é"u8, 0xFF, .. "\"}"u8];

        FieldError error = Assert.Single(RunRequestReader.Read(text, new RunRequest()).Errors);

        Assert.Equal((2L, 18L), (error.Line, error.Column));
    }

    [Fact]
    public void A_hundred_errors_are_listed_and_the_rest_is_counted()
    {
        string json = $"{{{string.Join(",", Enumerable.Range(0, 50_000).Select(i => $"\"f{i}\":0"))}}}";

        IReadOnlyList<FieldError> errors = Read(json).Errors;

        Assert.Equal(101, errors.Count);
        Assert.Equal("There are 49900 more errors.", errors[^1].Message);
    }

    [Fact]
    public void Dataset_is_demanded_only_where_asked_for()
    {
        Assert.Empty(Read("{}").Errors);

        FieldError error = Assert.Single(RunRequestReader.Read("{}"u8, new RunRequest(), datasetPathRequired: true).Errors);
        Assert.Equal(("$.dataset.path", null), (error.Path, error.Line));
    }

    [Fact]
    public void Field_of_a_wrong_type_is_told_once_even_when_its_default_is_out_of_range()
    {
        var defaults = new RunRequest { Deployment = new DeploymentRequest { InstanceCount = 0 } };

        Assert.Equal("Must be an integer, not true.", Assert.Single(Read("""{"deployment": {"instanceCount": true}}""", defaults).Errors).Message);
        Assert.Equal("Must be 1 to 50, not 0.", Assert.Single(Read("{}", defaults).Errors).Message);
    }

    [Fact]
    public void No_text_brings_the_reader_down() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            RunRequestReadResult result = RunRequestReader.Read(Encoding.UTF8.GetBytes(text), new RunRequest());
            return (result.Request is null) == (result.Errors.Count > 0)
                && result.Errors.All(error => error.Path.StartsWith('$') && error.Message.Length > 0 && error.Line is null or >= 1 && error.Column is null or >= 1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void No_bytes_bring_the_reader_down() =>
        Prop.ForAll<byte[]?>(bytes =>
        {
            RunRequestReadResult result = RunRequestReader.Read([.. "{\"dataset\":"u8, .. bytes ?? []], new RunRequest());
            return result.Request is null && result.Errors.Count > 0;
        }).QuickCheckThrowOnFailure();

    private static Gen<string> Texts
    {
        get
        {
            string[] tokens =
            [
                "{", "}", "[", "]", ":", ",", "\"dataset\"", "\"path\"", "\"a.jsonl\"", "\"splitPercent\"", "5", "-1", "1e999", "0.5", "\"parameters\"", "\"seed\"", "\"metricGates\"",
                "\"eval_loss\"", "\"max\"", "null", "true", "\"timeToLive\"", "\"PT1H\"", "\"P1Y\"", "\"\\ud800\"", "\"😀\"", "//", "\n", "\0", "\"x", "\"compute\"", "\"name\"",
            ];
            Gen<string> member =
                from name in Gen.Elements("dataset", "parameters", "metricGates", "timeToLive", "compute", "smokeTest", "nonsense", "seed", "path", "max", "é'\\\"")
                from value in Gen.Elements("{}", "5", "\"x\"", "null", "[1]", "{\"seed\": 3}", "{\"a\": {\"max\": 1}}", "{\"name\": \"-\"}", "{\"path\": \"..\"}", "tru")
                select $"\"{name}\": {value}";
            return Gen.OneOf(
                Gen.Elements(tokens).ListOf().Select(string.Concat),
                member.ListOf().Select(members => $"{{{string.Join(",\n", members)}}}"));
        }
    }

    private static RunRequestReadResult Read(string json, RunRequest? defaults = null) => RunRequestReader.Read(Encoding.UTF8.GetBytes(json), defaults ?? new RunRequest());
}
