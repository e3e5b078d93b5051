using System.Globalization;
using System.Text.Json;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Rules;

public sealed class ParameterMergeTests
{
    // The kind of tag that the Phi models carry: YAML left 5e-6 a string, the numbers numbers.
    private const string ModelDefaults =
        "{'apply_deepspeed': 'true', 'deepspeed_stage': 2, 'apply_lora': True, 'precision': 16, 'num_train_epochs': 1, 'gradient_accumulation_steps': 4, "
        + "'learning_rate': '5e-6', 'learning_rate_min': '5e-7', 'learning_rate_max': 5e-5, 'logging_strategy': 'steps', 'save_total_limit': 1}";

    [Fact]
    public void Without_model_and_request_the_notebook_decides()
    {
        MergedParameters merged = Merge("{}");

        Assert.Empty(merged.Problems);
        Assert.Empty(merged.Warnings);
        Assert.Equal(
            [
                "num_train_epochs=3", "per_device_train_batch_size=1", "per_device_eval_batch_size=1", "learning_rate=5e-06",
                "lr_scheduler_type=cosine", "apply_lora=true", "apply_deepspeed=true", "deepspeed_stage=2",
            ],
            merged.Parameters.Select(parameter => $"{parameter.Name}={parameter.Value}"));
        Assert.All(merged.Parameters, parameter => Assert.Equal(ParameterOrigin.Notebook, parameter.Origin));
    }

    [Fact]
    public void Request_wins_over_the_model_and_the_model_over_the_notebook()
    {
        MergedParameters merged = Merge("""{"learning_rate": 0.0002, "seed": 7}""", ModelDefaults);

        Assert.Empty(merged.Problems);
        Assert.Equal(("1", ParameterOrigin.Model), Get(merged, "num_train_epochs"));
        Assert.Equal(("0.0002", ParameterOrigin.Request), Get(merged, "learning_rate"));
        Assert.Equal(("7", ParameterOrigin.Request), Get(merged, "seed"));
        Assert.Equal(("true", ParameterOrigin.Model), Get(merged, "apply_lora"));
        Assert.Equal(("16", ParameterOrigin.Model), Get(merged, "precision"));
        Assert.Equal(("cosine", ParameterOrigin.Notebook), Get(merged, "lr_scheduler_type"));
        Assert.Equal(merged.Parameters.Count, merged.Parameters.Select(parameter => parameter.Name).Distinct().Count());
    }

    [Fact]
    public void Learning_rate_bounds_of_the_model_are_dropped_with_a_warning_of_their_own()
    {
        MergedParameters merged = Merge("{}", ModelDefaults);

        Assert.Equal(2, merged.Warnings.Count);
        Assert.All(merged.Warnings, warning => Assert.Contains("advises a range for learning_rate", warning, StringComparison.Ordinal));
        Assert.DoesNotContain(merged.Parameters, parameter => parameter.Name.StartsWith("learning_rate_", StringComparison.Ordinal));
    }

    [Fact]
    public void Unknown_and_reserved_keys_of_the_model_are_dropped_with_a_warning()
    {
        MergedParameters merged = Merge("{}", "{'flash': 1, 'number_of_gpu_to_use_finetuning': 64, 'train_file_path': 'x'}");

        Assert.Empty(merged.Problems);
        Assert.Equal(3, merged.Warnings.Count);
        Assert.Contains("no such input", merged.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("compute.size decides it", merged.Warnings[1], StringComparison.Ordinal);
        Assert.Equal(8, merged.Parameters.Count);
    }

    [Fact]
    public void None_in_the_models_defaults_leaves_the_input_to_the_component()
    {
        MergedParameters merged = Merge("{}", "{'lr_scheduler_type': None}");

        Assert.Empty(merged.Problems);
        Assert.Single(merged.Warnings);
        Assert.DoesNotContain(merged.Parameters, parameter => parameter.Name == "lr_scheduler_type");
    }

    [Fact]
    public void Notebook_default_that_the_component_lacks_is_dropped_with_a_warning()
    {
        MergedParameters merged = ParameterMerge.Merge(Samples.Without("deepspeed_stage"), Samples.Request("{}"), null);

        Assert.Empty(merged.Problems);
        Assert.Contains("deepspeed_stage=2 was dropped", Assert.Single(merged.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'a': tru}", "line 1, column 7")]
    [InlineData("['num_train_epochs']", "line 1, column 1")]
    [InlineData("{'num_train_epochs': 1,\n 'x'", "line 2, column 5")]
    public void Tag_that_is_no_Python_dictionary_is_a_problem_with_its_place(string tag, string place)
    {
        Failure problem = Assert.Single(Merge("{}", tag).Problems);

        Assert.Equal("InvalidModelDefaults", problem.Code);
        Assert.Contains(place, problem.Where, StringComparison.Ordinal);
        Assert.Contains("model_specific_defaults", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Blank_tag_counts_as_none(string? tag) => Assert.Empty(Merge("{}", tag).Problems);

    [Fact]
    public void Default_of_the_model_that_the_component_refuses_is_a_problem_unless_the_request_replaces_it()
    {
        Failure problem = Assert.Single(Merge("{}", "{'optim': 'adamw_hf'}").Problems);
        Assert.Equal("InvalidModelDefaults", problem.Code);
        Assert.Contains("parameters.optim", problem.NextStep, StringComparison.Ordinal);

        Assert.Empty(Merge("""{"optim": "adafactor"}""", "{'optim': 'adamw_hf'}").Problems);
    }

    [Theory]
    [InlineData("deepspeed_stage", "2", "2")]
    [InlineData("deepspeed_stage", "\"3\"", "3")]
    [InlineData("precision", "16", "16")]
    [InlineData("apply_lora", "true", "true")]
    [InlineData("apply_lora", "false", "false")]
    [InlineData("apply_lora", "\"True\"", "true")]
    [InlineData("apply_lora", "\"FALSE\"", "false")]
    [InlineData("lr_scheduler_type", "\"Linear\"", "linear")]
    [InlineData("shm_size_finetune", "\"10g\"", "10g")]
    [InlineData("shm_size_finetune", "10", "10")]
    [InlineData("shm_size_finetune", "1.50", "1.5")]
    [InlineData("learning_rate", "5e-6", "5e-06")]
    [InlineData("learning_rate", "0.000005", "5e-06")]
    [InlineData("learning_rate", "\"5e-6\"", "5e-06")]
    [InlineData("learning_rate", "\" 2E-05 \"", "2e-05")]
    [InlineData("learning_rate", "0.00002", "2e-05")]
    [InlineData("learning_rate", "0.0001", "0.0001")]
    [InlineData("learning_rate", "1", "1")]
    [InlineData("learning_rate", "1.0", "1.0")]
    [InlineData("learning_rate", "1E+2", "100.0")]
    [InlineData("learning_rate", "1e16", "1e+16")]
    [InlineData("adam_epsilon", "1e-8", "1e-08")]
    [InlineData("max_steps", "-1", "-1")]
    [InlineData("max_steps", "3.0", "3")]
    [InlineData("max_steps", "3e2", "300")]
    [InlineData("max_steps", "\"3\"", "3")]
    [InlineData("max_steps", "\"3.0\"", "3")]
    [InlineData("max_steps", "9223372036854775807", "9223372036854775807")]
    public void Value_becomes_the_text_that_the_declared_type_asks_for(string name, string json, string expected)
    {
        MergedParameters merged = Merge($$"""{"{{name}}": {{json}}}""");

        Assert.Empty(merged.Problems);
        Assert.Equal((expected, ParameterOrigin.Request), Get(merged, name));
    }

    [Theory]
    [InlineData("num_train_epochs", "0", "must be at least 1, not 0")]
    [InlineData("num_train_epochs", "2.5", "takes an integer of 64 bits, not 2.5")]
    [InlineData("num_train_epochs", "true", "takes an integer of 64 bits, not true")]
    [InlineData("num_train_epochs", "\"three\"", "takes an integer of 64 bits, not \"three\"")]
    [InlineData("num_train_epochs", "1e300", "takes an integer of 64 bits, not 1e+300")]
    [InlineData("max_steps", "9223372036854775808", "takes an integer of 64 bits")]
    [InlineData("learning_rate", "\"fast\"", "takes a finite number, not \"fast\"")]
    [InlineData("learning_rate", "\"NaN\"", "takes a finite number")]
    [InlineData("learning_rate", "1e999", "takes a finite number")]
    [InlineData("learning_rate", "true", "takes a finite number, not true")]
    [InlineData("apply_lora", "1", "takes one of true, false, not 1")]
    [InlineData("deepspeed_stage", "1", "takes one of 2, 3, not 1")]
    [InlineData("lr_scheduler_type", "\"cosin\"", "takes one of linear, cosine, constant, not \"cosin\"")]
    [InlineData("seed", "null", "must be a string, a number or a boolean, not null")]
    [InlineData("seed", "[1]", "must be a string, a number or a boolean, not an array")]
    [InlineData("seed", "{}", "must be a string, a number or a boolean, not an object")]
    [InlineData("deepspeed", "\"azureml://x\"", "takes an asset of type uri_file")]
    public void Value_of_the_request_that_the_input_refuses_is_a_problem(string name, string json, string message)
    {
        Failure problem = Assert.Single(Merge($$"""{"{{name}}": {{json}}}""").Problems);

        Assert.Equal("InvalidParameter", problem.Code);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal($"$.parameters.{name}", problem.Where);
    }

    [Theory]
    [InlineData("boolean", "\"True\"", "true")]
    [InlineData("boolean", "false", "false")]
    public void Boolean_input_takes_booleans_and_their_words(string type, string json, string expected)
    {
        RegistryComponent component = Samples.With("flag", new ComponentInput(type) { Optional = true });

        Assert.Equal(expected, Get(ParameterMerge.Merge(component, Samples.Request($$"""{"flag": {{json}}}"""), null), "flag").Value);
    }

    [Fact]
    public void Numbers_are_held_against_declared_bounds_and_members()
    {
        RegistryComponent component = Samples.With("ratio", new ComponentInput("number") { Optional = true, Min = 0, Max = 0.5 });
        component = component with { Inputs = new Dictionary<string, ComponentInput>(component.Inputs) { ["rank"] = new("integer") { Optional = true, Enum = ["8", "16"] } } };

        MergedParameters refused = ParameterMerge.Merge(component, Samples.Request("""{"ratio": 0.6, "rank": 4}"""), null);
        Assert.Contains("must be at most 0.5, not 0.6", refused.Problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("takes one of 8, 16, not 4", refused.Problems[1].Message, StringComparison.Ordinal);

        MergedParameters taken = ParameterMerge.Merge(component, Samples.Request("""{"ratio": 0.5, "rank": "16.0"}"""), null);
        Assert.Empty(taken.Problems);
        Assert.Equal("16", Get(taken, "rank").Value);
    }

    [Theory]
    [InlineData("learning_rat", "Did you mean learning_rate?")]
    [InlineData("learningRate", "Did you mean learning_rate?")]
    [InlineData("num_train_epoch", "Did you mean num_train_epochs?")]
    [InlineData("aply_lora", "Did you mean apply_lora?")]
    [InlineData("zzz", "Remove it")]
    public void Unknown_parameter_of_the_request_is_a_problem_that_suggests_the_nearest_name(string name, string nextStep)
    {
        Failure problem = Assert.Single(Merge($$"""{"{{name}}": 1}""").Problems);

        Assert.Equal("UnknownParameter", problem.Code);
        Assert.Contains(nextStep, problem.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow_model_path", "baseModel")]
    [InlineData("train_file_path", "dataset")]
    [InlineData("compute_finetune", "compute.name")]
    [InlineData("number_of_gpu_to_use_finetuning", "compute.size")]
    [InlineData("instance_type_finetune", "compute.size")]
    [InlineData("task_name", "component")]
    public void Input_that_the_workflow_sets_may_not_be_set_by_the_request(string name, string field)
    {
        Failure problem = Assert.Single(Merge($$"""{"{{name}}": "x"}""").Problems);

        Assert.Equal("ReservedParameter", problem.Code);
        Assert.Contains(field, problem.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        MergedParameters merged = Merge("""{"nonsense_name": 1, "seed": null, "task_name": "x", "num_train_epochs": 0}""", "{'broken'");

        Assert.Equal(
            ["InvalidModelDefaults", "UnknownParameter", "InvalidParameter", "ReservedParameter", "InvalidParameter"],
            merged.Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Component_of_another_family_is_a_problem()
    {
        Failure problem = Assert.Single(ParameterMerge.Merge(Samples.Without("train_file_path"), Samples.Request("{}"), null).Problems);

        Assert.Equal("ComponentNotSupported", problem.Code);
        Assert.Contains("train_file_path", problem.Message, StringComparison.Ordinal);
        Assert.Equal(Samples.Component, problem.Where);
    }

    [Fact]
    public void Required_input_that_nobody_sets_is_a_problem()
    {
        RegistryComponent component = Samples.With("license_accepted", new ComponentInput("string"));

        Assert.Equal("MissingParameter", Assert.Single(ParameterMerge.Merge(component, Samples.Request("{}"), null).Problems).Code);
        Assert.Empty(ParameterMerge.Merge(component, Samples.Request("""{"license_accepted": "yes"}"""), null).Problems);
    }

    [Fact]
    public void Any_finite_number_is_sent_so_that_it_reads_back_as_the_same_double() =>
        Prop.ForAll<double>(value =>
        {
            if (!double.IsFinite(value))
            {
                return true;
            }

            var request = new Dictionary<string, JsonElement> { ["learning_rate"] = JsonSerializer.SerializeToElement(value) };
            string text = Get(ParameterMerge.Merge(Samples.ChatCompletion, request, null), "learning_rate").Value;
            return double.Parse(text, CultureInfo.InvariantCulture).Equals(value);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_request_yields_each_name_once_and_only_inputs_of_the_component() =>
        Prop.ForAll(Requests.ToArbitrary(), request =>
        {
            MergedParameters merged = ParameterMerge.Merge(Samples.ChatCompletion, request, ModelDefaults);
            string[] names = [.. merged.Parameters.Select(parameter => parameter.Name)];
            return names.Distinct().Count() == names.Length
                && names.All(name => Samples.ChatCompletion.Inputs.ContainsKey(name) && !ParameterMerge.ReservedInputs.ContainsKey(name))
                && request.Keys.All(key => merged.Problems.Count > 0 || Get(merged, key).Origin == ParameterOrigin.Request);
        }).QuickCheckThrowOnFailure();

    private static Gen<Dictionary<string, JsonElement>> Requests =>
        from entries in (
            from name in Gen.Elements("learning_rate", "seed", "apply_lora", "precision", "deepspeed", "task_name", "lerning_rate", "x y'\\", string.Empty)
            from value in Gen.Elements("1", "0.5", "\"16\"", "true", "null", "[]", "\"\\u0000\"", "-1e-7", "123456789012345678901234567890")
            select (name, value)).ListOf()
        select entries.DistinctBy(entry => entry.name).ToDictionary(entry => entry.name, entry => JsonElement.Parse(entry.value));

    private static MergedParameters Merge(string request, string? tag = null) =>
        ParameterMerge.Merge(Samples.ChatCompletion, Samples.Request(request), tag);

    private static (string Value, ParameterOrigin Origin) Get(MergedParameters merged, string name)
    {
        PipelineParameter parameter = Assert.Single(merged.Parameters, parameter => parameter.Name == name);
        return (parameter.Value, parameter.Origin);
    }
}
