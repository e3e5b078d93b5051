using System.Collections.Frozen;
using System.Text.Json;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>
/// Decides the pipeline component's literal inputs: the notebook's defaults, over them the base model's
/// <c>model_specific_defaults</c>, over them the request; each as the text that the component's declared type asks for.
/// </summary>
public static class ParameterMerge
{
    /// <summary>The model tag that holds its own defaults, as a Python dictionary.</summary>
    public const string ModelDefaultsTag = "model_specific_defaults";

    private static readonly (string Name, PythonValue Value)[] NotebookDefaults =
    [
        ("num_train_epochs", new PythonInteger(3)),
        ("per_device_train_batch_size", new PythonInteger(1)),
        ("per_device_eval_batch_size", new PythonInteger(1)),
        ("learning_rate", new PythonFloat(5e-6)),
        ("lr_scheduler_type", new PythonString("cosine")),
        ("apply_lora", new PythonBoolean(true)),
        ("apply_deepspeed", new PythonBoolean(true)),
        ("deepspeed_stage", new PythonInteger(2)),
    ];

    // What the workflow binds whatever happens. A component without these is not of the family that it drives.
    private static readonly string[] BoundInputs =
    [
        "mlflow_model_path", "train_file_path", "test_file_path",
        "compute_model_import", "compute_preprocess", "compute_finetune", "number_of_gpu_to_use_finetuning",
    ];

    private static readonly FrozenDictionary<string, string> Reserved = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["mlflow_model_path"] = "baseModel",
        ["pytorch_model_path"] = "baseModel",
        ["huggingface_id"] = "baseModel",
        ["train_file_path"] = "dataset",
        ["validation_file_path"] = "dataset",
        ["test_file_path"] = "dataset",
        ["train_mltable_path"] = "dataset",
        ["validation_mltable_path"] = "dataset",
        ["test_mltable_path"] = "dataset",
        ["compute_model_import"] = "compute.name",
        ["compute_preprocess"] = "compute.name",
        ["compute_finetune"] = "compute.name",
        ["compute_model_evaluation"] = "compute.name",
        ["instance_type_model_import"] = "compute.size",
        ["instance_type_preprocess"] = "compute.size",
        ["instance_type_finetune"] = "compute.size",
        ["instance_type_model_evaluation"] = "compute.size",
        ["number_of_gpu_to_use_finetuning"] = "compute.size",
        ["task_name"] = "component",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Inputs that the workflow sets itself or that its choices decide, by name, with the field of the request that decides them.
    /// A request may set every other literal input of the component.
    /// </summary>
    public static IReadOnlyDictionary<string, string> ReservedInputs => Reserved;

    /// <summary>Merges and checks.</summary>
    /// <param name="component">The component with its declared inputs.</param>
    /// <param name="request">The request's parameters: JSON strings, numbers, booleans.</param>
    /// <param name="modelSpecificDefaultsTag">The text of the model's tag <see cref="ModelDefaultsTag"/>, a Python dictionary; null or blank when it has none.</param>
    /// <returns>Parameters, warnings and problems; all problems at once.</returns>
    public static MergedParameters Merge(
        RegistryComponent component, IReadOnlyDictionary<string, JsonElement> request, string? modelSpecificDefaultsTag)
    {
        List<string> warnings = [];
        List<Failure> problems = [.. CheckComponent(component)];
        var values = new OrderedDictionary<string, (PythonValue Value, ParameterOrigin Origin)>(StringComparer.Ordinal);
        AddNotebookDefaults(component, values, warnings);
        AddModelDefaults(component, modelSpecificDefaultsTag, values, warnings, problems);
        AddRequest(component, request, values, problems);

        var parameters = new List<PipelineParameter>(values.Count);
        foreach ((string name, (PythonValue value, ParameterOrigin origin)) in values)
        {
            if (ParameterText.TryWrite(component.Inputs[name], value, out string text, out string? problem))
            {
                parameters.Add(new PipelineParameter(name, text, origin));
            }
            else
            {
                problems.Add(origin == ParameterOrigin.Request
                    ? Invalid(name, $"The parameter {name} {problem}.")
                    : new Failure("InvalidModelDefaults", $"The default that the {SourceOf(origin)} sets for {name} is not one that the component takes: it {problem}.")
                    {
                        Where = origin == ParameterOrigin.Model ? $"tag {ModelDefaultsTag}, key {name}" : $"{component.Id}, input {name}",
                        NextStep = $"Set parameters.{name} in the request; it wins over the default.",
                    });
            }
        }

        problems.AddRange(MissingInputs(component, values));
        return new MergedParameters(parameters, warnings, problems);
    }

    private static IEnumerable<Failure> CheckComponent(RegistryComponent component)
    {
        string[] missing = [.. BoundInputs.Where(name => !component.Inputs.ContainsKey(name))];
        if (missing.Length > 0)
        {
            yield return new Failure(
                "ComponentNotSupported", $"The component {component.Name} has no input {string.Join(", ", missing)}, which this workflow sets.")
            {
                Where = component.Id,
                NextStep = "Use chat_completion_pipeline of the registry azureml, or a component with the same inputs.",
            };
        }
    }

    private static void AddNotebookDefaults(
        RegistryComponent component, OrderedDictionary<string, (PythonValue Value, ParameterOrigin Origin)> values, List<string> warnings)
    {
        foreach ((string name, PythonValue value) in NotebookDefaults)
        {
            if (component.Inputs.ContainsKey(name))
            {
                values[name] = (value, ParameterOrigin.Notebook);
            }
            else
            {
                warnings.Add($"The notebook's default {name}={ParameterText.ForPeople(value)} was dropped: {component.Name} {component.Version} has no such input.");
            }
        }
    }

    private static void AddModelDefaults(
        RegistryComponent component,
        string? tag,
        OrderedDictionary<string, (PythonValue Value, ParameterOrigin Origin)> values,
        List<string> warnings,
        List<Failure> problems)
    {
        if (string.IsNullOrWhiteSpace(tag))
        {
            return;
        }

        IReadOnlyDictionary<string, PythonValue> defaults;
        try
        {
            defaults = PythonLiteral.ParseDictionary(tag);
        }
        catch (PythonLiteralException error)
        {
            problems.Add(new Failure("InvalidModelDefaults", $"The model's tag {ModelDefaultsTag} can't be read. {error.Message}")
            {
                Where = $"tag {ModelDefaultsTag}, line {error.Line}, column {error.Column}",
                NextStep = "Choose another version of the model, or report the tag to the model's publisher.",
            });
            return;
        }

        foreach ((string name, PythonValue value) in defaults)
        {
            if (value is PythonNone)
            {
                // As in the notebook: an argument of None leaves the input to the component's own default.
                values.Remove(name);
                warnings.Add($"The model's own defaults leave {name} to the component.");
            }
            else if (name is "learning_rate_min" or "learning_rate_max")
            {
                warnings.Add(
                    $"The model's {name}={ParameterText.ForPeople(value)} was dropped: it advises a range for learning_rate, and the component has no input for it.");
            }
            else if (!component.Inputs.ContainsKey(name))
            {
                warnings.Add($"The model's default {name}={ParameterText.ForPeople(value)} was dropped: {component.Name} {component.Version} has no such input.");
            }
            else if (Reserved.TryGetValue(name, out string? field))
            {
                warnings.Add($"The model's default {name}={ParameterText.ForPeople(value)} was dropped: {field} decides it.");
            }
            else
            {
                values[name] = (value, ParameterOrigin.Model);
            }
        }
    }

    private static void AddRequest(
        RegistryComponent component,
        IReadOnlyDictionary<string, JsonElement> request,
        OrderedDictionary<string, (PythonValue Value, ParameterOrigin Origin)> values,
        List<Failure> problems)
    {
        foreach ((string name, JsonElement json) in request)
        {
            if (Reserved.TryGetValue(name, out string? field))
            {
                problems.Add(new Failure("ReservedParameter", $"The parameter {name} is set by the workflow.")
                {
                    Where = PathOf(name),
                    NextStep = $"Remove it; the request's {field} decides it.",
                });
            }
            else if (!component.Inputs.TryGetValue(name, out ComponentInput? input))
            {
                string? nearest = NearestName.Find(
                    name, component.Inputs.Where(item => ParameterText.IsLiteral(item.Value) && !Reserved.ContainsKey(item.Key)).Select(item => item.Key));
                problems.Add(new Failure("UnknownParameter", $"{component.Name} {component.Version} has no input {name}.")
                {
                    Where = PathOf(name),
                    NextStep = nearest is null ? $"Remove it, or see the inputs of {component.Id}." : $"Did you mean {nearest}?",
                });
            }
            else if (!ParameterText.IsLiteral(input))
            {
                problems.Add(Invalid(name, $"The parameter {name} takes an asset of type {input.Type}, which a request can't give."));
            }
            else if (ParameterText.FromJson(json) is not PythonValue value)
            {
                problems.Add(Invalid(name, $"The parameter {name} must be a string, a number or a boolean, not {json.ValueKind switch
                {
                    JsonValueKind.Array => "an array",
                    JsonValueKind.Object => "an object",
                    JsonValueKind.Number => "a number of so many digits",
                    _ => "null",
                }}."));
            }
            else
            {
                values[name] = (value, ParameterOrigin.Request);
            }
        }
    }

    // chat_completion_pipeline has none of these, but another version or component may.
    private static IEnumerable<Failure> MissingInputs(
        RegistryComponent component, OrderedDictionary<string, (PythonValue Value, ParameterOrigin Origin)> values)
    {
        foreach ((string name, ComponentInput input) in component.Inputs)
        {
            if (!input.Optional && input.Default is null && !Reserved.ContainsKey(name) && !values.ContainsKey(name))
            {
                yield return new Failure("MissingParameter", $"The component {component.Name} {component.Version} demands {name} ({input.Type}), which nothing sets.")
                {
                    Where = component.Id,
                    NextStep = ParameterText.IsLiteral(input) ? $"Set parameters.{name} in the request." : "Use another version of the component.",
                };
            }
        }
    }

    private static Failure Invalid(string name, string message) =>
        new("InvalidParameter", message) { Where = PathOf(name), NextStep = "Put the value right in the request." };

    private static string PathOf(string name) => JsonPath.Member("$.parameters", name);

    private static string SourceOf(ParameterOrigin origin) => origin == ParameterOrigin.Model ? "model" : "notebook";
}
