using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FineTune.Simulator.Assets;
using FineTune.Simulator.Computes;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Http;
using FineTune.Simulator.Registry;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>
/// Checks a pipeline job against the component's contract and plans its steps. Beware of the two spellings: on the pipeline's own level
/// it is <c>jobInputType</c>, inside <c>jobs.{node}</c> it is <c>job_input_type</c>.
/// </summary>
internal sealed partial class JobSubmission(SimulatedWorkspace workspace, ResourceStore store, SystemRegistry registry)
{
    private const string Literal = "literal";
    private const string Serverless = "serverless";

    private static readonly string[] CreateOnly = ["jobType", "experimentName", "inputs", "outputs", "jobs", "settings", "computeId", "componentId", "sourceJobId"];
    private static readonly string[] JobTypes = ["AutoML", "Command", "Labeling", "Sweep", "Pipeline", "Spark", "FineTuning"];
    private static readonly string[] AssetTypes = ["uri_file", "uri_folder", "mltable", "custom_model", "mlflow_model", "triton_model"];
    private static readonly string[] ModelSources = ["mlflow_model_path", "pytorch_model_path", "huggingface_id"];
    private static readonly string[] InputModes = ["ReadOnlyMount", "ReadWriteMount", "Download", "Direct", "EvalMount", "EvalDownload"];
    private static readonly string[] OutputModes = ["ReadWriteMount", "Upload", "Direct"];

    /// <summary>Hash of what may not be changed once the job exists.</summary>
    public static string CreateHash(JsonObject properties)
    {
        JsonObject fixedPart = [];
        foreach (string name in CreateOnly)
        {
            fixedPart[name] = properties.CopyOf(name);
        }

        return JsonReading.CanonicalHash(fixedPart);
    }

    /// <exception cref="ServiceException">The service would refuse the job.</exception>
    public JobRecord Create(string name, ServiceRequest request)
    {
        ResourceNames.RequireAsset("job", name);
        JsonObject properties = request.Body.RequiredObject("properties");
        RequireWord(properties, "jobType", JobTypes);
        if (!properties.RequiredText("jobType").Equals("Pipeline", StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest("The simulator runs jobs of type Pipeline only.", "properties.jobType");
        }

        CheckGeneralProperties(properties);
        JsonObject nodes = properties.RequiredObject("jobs");
        if (nodes.Count != 1)
        {
            throw ServiceException.BadRequest($"The simulator runs pipelines with one node, of the component {SystemRegistry.ComponentName}; this one has {nodes.Count}.", "properties.jobs");
        }

        string nodeName = nodes.First().Key;
        JsonObject node = nodes.RequiredObject(nodeName);
        CheckNode(nodeName, node);
        JsonObject pipelineOutputs = CheckPipelineOutputs(properties);
        CheckNodeOutputs(node, pipelineOutputs);
        SortedDictionary<string, string> inputs = ResolveInputs(node, properties.Object("inputs") ?? []);
        JobStep[] steps = Plan(name, nodeName, inputs, request.Now);
        JobRecord job = new(
            name,
            properties.Copy(),
            CreateHash(properties),
            nodeName,
            workspace.IdOf("runs", name, nodeName).ToString(),
            inputs,
            request.Now,
            request.Now + workspace.Options.Durations.JobPrepare,
            workspace.Options.Durations.JobFinalize,
            steps);
        return job with { Failure = PlannedFailure(job, request) };
    }

    private static void CheckGeneralProperties(JsonObject properties)
    {
        properties.Text("displayName");
        properties.Text("description");
        properties.Boolean("isArchived");
        properties.Tags("tags");
        properties.Tags("properties");
        if (properties.Text("experimentName") is { } experiment && !ExperimentName().IsMatch(experiment))
        {
            throw ServiceException.BadRequest(
                $"The experiment name '{experiment}' is not valid: 1 to 255 letters, digits, dashes, dots and underscores, beginning with a letter or a digit.",
                "properties.experimentName");
        }

        if (properties.Object("settings") is { } settings)
        {
            settings.Boolean("continue_on_step_failure");
            settings.Boolean("force_rerun");
            if (settings.Text("default_datastore") is { } datastore && !datastore.EndsWith(DatastoreRoutes.DefaultName, StringComparison.OrdinalIgnoreCase))
            {
                throw ServiceException.UserError($"The datastore '{datastore}' was not found.", "properties.settings.default_datastore");
            }
        }
    }

    private void CheckNode(string name, JsonObject node)
    {
        string type = node.RequiredText("type");
        if (type != "pipeline")
        {
            throw ServiceException.BadRequest($"The node '{name}' has to be of type pipeline, not '{type}'.", $"properties.jobs.{name}.type");
        }

        if (node.Text("name") is { } own && own != name)
        {
            throw ServiceException.BadRequest($"The node '{name}' is called '{own}' in its own name.", $"properties.jobs.{name}.name");
        }

        string component = node.RequiredText("componentId");
        if (registry.Find(SystemRegistry.Components, component) is null)
        {
            throw ServiceException.UserError($"key: {component}, Message: the component was not found in its registry.", $"properties.jobs.{name}.componentId");
        }
    }

    private static JsonObject CheckPipelineOutputs(JsonObject properties)
    {
        JsonObject outputs = properties.Object("outputs") ?? [];
        foreach (string name in outputs.Select(output => output.Key))
        {
            JsonObject output = outputs.RequiredObject(name);
            RequireWord(output, "jobOutputType", AssetTypes);
            OptionalWord(output, "mode", OutputModes);
        }

        return outputs;
    }

    private void CheckNodeOutputs(JsonObject node, JsonObject pipelineOutputs)
    {
        JsonObject outputs = node.Object("outputs") ?? [];
        foreach (string name in outputs.Select(output => output.Key))
        {
            if (!registry.Outputs.TryGetValue(name, out string? type))
            {
                throw ServiceException.UserError(
                    $"'{name}' is not an output of the component {SystemRegistry.ComponentName}; those are {string.Join(", ", registry.Outputs.Keys)}.", outputs.GetPath());
            }

            JsonObject output = outputs.RequiredObject(name);
            OptionalWord(output, "mode", OutputModes);
            if (output.Text("type") == Literal)
            {
                string value = output.RequiredText("value");
                Match binding = OutputBinding().Match(value);
                if (!binding.Success || pipelineOutputs.Object(binding.Groups["name"].Value) is not { } target)
                {
                    throw ServiceException.UserError($"'{value}' does not name an output of the pipeline.", output.GetPath());
                }

                if (!target.RequiredText("jobOutputType").Equals(type, StringComparison.OrdinalIgnoreCase))
                {
                    throw ServiceException.UserError($"The component's output '{name}' is of type {type}; the pipeline declares another.", target.GetPath());
                }
            }
            else
            {
                RequireWord(output, "job_output_type", AssetTypes);
            }
        }
    }

    private SortedDictionary<string, string> ResolveInputs(JsonObject node, JsonObject pipelineInputs)
    {
        foreach (string name in pipelineInputs.Select(input => input.Key))
        {
            RequireWord(pipelineInputs.RequiredObject(name), "jobInputType", [Literal, .. AssetTypes]);
        }

        SortedDictionary<string, string> values = new(StringComparer.Ordinal);
        JsonObject given = node.Object("inputs") ?? [];
        foreach (string name in given.Select(input => input.Key))
        {
            ComponentInput declared = registry.Inputs.GetValueOrDefault(name)
                ?? throw ServiceException.UserError($"'{name}' is not an input of the component {SystemRegistry.ComponentName}.", $"{given.GetPath()}.{name}");
            values[name] = Resolve(given.RequiredObject(name), declared, pipelineInputs);
        }

        foreach (ComponentInput declared in registry.Inputs.Values)
        {
            if (!values.ContainsKey(declared.Name))
            {
                if (declared.Default is not null)
                {
                    values[declared.Name] = declared.Default;
                }
                else if (!declared.Optional)
                {
                    throw ServiceException.UserError($"The input '{declared.Name}' is required.", given.GetPath());
                }
            }
        }

        return values;
    }

    private string Resolve(JsonObject input, ComponentInput declared, JsonObject pipelineInputs)
    {
        if (!input.ContainsKey("job_input_type") && input.ContainsKey("jobInputType"))
        {
            throw ServiceException.BadRequest("Inside a pipeline's jobs it is 'job_input_type', not 'jobInputType'.", input.GetPath());
        }

        RequireWord(input, "job_input_type", [Literal, .. AssetTypes]);
        OptionalWord(input, "mode", InputModes);
        string type = input.RequiredText("job_input_type");
        string path = input.GetPath();
        if (type == Literal)
        {
            string value = input.Text("value") ?? throw JsonReading.Missing(input, "value");
            Match binding = InputBinding().Match(value);
            if (!binding.Success)
            {
                return declared.IsLiteral
                    ? CheckLiteral(value, declared, path)
                    : throw ServiceException.UserError($"The input '{declared.Name}' takes a {declared.Type}, not a literal.", path);
            }

            input = pipelineInputs.Object(binding.Groups["name"].Value)
                ?? throw ServiceException.UserError($"'{value}' does not name an input of the pipeline.", path);
            type = input.RequiredText("jobInputType");
            if (type == Literal)
            {
                return declared.IsLiteral
                    ? CheckLiteral(input.Text("value") ?? throw JsonReading.Missing(input, "value"), declared, path)
                    : throw ServiceException.UserError($"The input '{declared.Name}' takes a {declared.Type}, not a literal.", path);
            }
        }

        if (!type.Equals(declared.Type, StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.UserError($"The input '{declared.Name}' takes a {declared.Type}, not a {type}.", path);
        }

        return CheckAsset(input.RequiredText("uri"), declared, path);
    }

    private static string CheckLiteral(string value, ComponentInput declared, string path)
    {
        double? number = declared.Type switch
        {
            "integer" => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int integer) ? integer : double.NaN,
            "number" => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real : double.NaN,
            _ => null,
        };
        if (number is { } parsed && !double.IsFinite(parsed))
        {
            throw ServiceException.UserError($"The input '{declared.Name}' takes a {declared.Type}; '{value}' is none.", path);
        }

        if (declared.Enumeration is { } words && !words.Contains(value, StringComparer.Ordinal))
        {
            throw ServiceException.UserError($"The input '{declared.Name}' is one of {string.Join(", ", words)}; it is '{value}'.", path);
        }

        return declared.Minimum is { } least && number < least
            ? throw ServiceException.UserError(string.Create(CultureInfo.InvariantCulture, $"The input '{declared.Name}' is at least {least}; it is {value}."), path)
            : value;
    }

    private string CheckAsset(string uri, ComponentInput declared, string path)
    {
        if (uri.AsSpan().IndexOfAny('\\', '\'') >= 0)
        {
            throw ServiceException.UserError($"The path of the input '{declared.Name}' has a backslash or an apostrophe, which the component does not take.", path);
        }

        bool isModel = declared.Type.EndsWith("_model", StringComparison.Ordinal);
        if (DatastoreUri.TryParse(uri, out _))
        {
            return uri;
        }

        if (!isModel)
        {
            AssetReference data = AssetReference.Parse("data", workspace.Path, uri)
                ?? throw ServiceException.UserError($"The input '{declared.Name}' takes a path in a datastore or a data asset; '{uri}' is neither.", path);
            return (store.Find<DataVersionRecord>(DataVersionRecord.KeyOf(data.Name, data.Version)) is { DeletedAt: null } asset ? asset.Properties.Text("dataUri") : null)
                ?? throw ServiceException.UserError($"The data asset {data.Name}:{data.Version} was not found.", path);
        }

        bool known = SystemRegistry.IsRegistryId(uri)
            ? registry.Find(SystemRegistry.Models, uri) is not null
            : JobOutputUri.Parse(uri) is { } output
                ? store.Find<JobRecord>(JobRecord.KeyOf(output.Job)) is not null
                : AssetReference.Parse("models", workspace.Path, uri) is { } model
                    && store.Find<ModelVersionRecord>(ModelVersionRecord.KeyOf(model.Name, model.Version)) is { DeletedAt: null };
        return known ? uri : throw ServiceException.UserError($"key: {uri}, Message: the model was not found.", path);
    }

    private JobStep[] Plan(string job, string node, SortedDictionary<string, string> inputs, DateTimeOffset submitted)
    {
        SimulatorDurations durations = workspace.Options.Durations;
        var steps = new JobStep[PipelineSteps.All.Count];
        DateTimeOffset at = submitted + durations.JobPrepare;
        string? warm = null;
        for (int i = 0; i < steps.Length; i++)
        {
            (string name, string computeInput, string instanceInput) = PipelineSteps.All[i];
            string compute = inputs[computeInput];
            bool hasNode = CheckCompute(compute, computeInput, inputs[instanceInput], instanceInput, submitted);
            TimeSpan queue = hasNode || compute == warm ? durations.StepQueue : durations.NodeStart;
            warm = compute;
            DateTimeOffset preparing = at + queue;
            DateTimeOffset running = preparing + durations.StepPrepare;
            DateTimeOffset finalizing = running + PipelineSteps.Work(durations, name);
            DateTimeOffset ends = finalizing + durations.StepFinalize;
            steps[i] = new JobStep(name, registry.Steps[name], workspace.IdOf("runs", job, node, name).ToString(), compute, at, preparing, running, finalizing, ends);
            at = ends;
        }

        return steps;
    }

    /// <summary>Returns whether a node is running already.</summary>
    private bool CheckCompute(string compute, string computeInput, string instanceType, string instanceInput, DateTimeOffset now)
    {
        if (compute == Serverless)
        {
            return VmSizeCatalog.Find(instanceType) is not null
                ? false
                : throw ServiceException.UserError($"The input '{instanceInput}' names the VM size '{instanceType}', which does not exist in {workspace.Options.Location}.");
        }

        ComputeRecord cluster = Cluster(compute, now)
            ?? throw ServiceException.UserError($"The compute '{compute}' of the input '{computeInput}' was not found in the workspace '{workspace.Options.WorkspaceName}'.");
        string state = cluster.Provisioning.State(now);
        return state is "Succeeded" or Provisioning.Updating
            ? cluster.MinNodes > 0
            : throw ServiceException.UserError($"The compute '{compute}' of the input '{computeInput}' is in the state {state}; it has to be Succeeded.");
    }

    private ComputeRecord? Cluster(string name, DateTimeOffset now) =>
        store.Find<ComputeRecord>(ComputeRecord.KeyOf(name)) is { } cluster && !cluster.Provisioning.IsGone(now) ? cluster : null;

    /// <summary>What can be seen beforehand to go wrong: planned faults, and hardware that cannot do what the job asks of it.</summary>
    private StepFailure? PlannedFailure(JobRecord job, ServiceRequest request)
    {
        if (request.Fault(FaultKind.JobStepFails, FaultKind.Preemption) is { } fault)
        {
            int step = Array.FindIndex(job.Steps, candidate => candidate.Name == fault.Step);
            if (step < 0)
            {
                throw new ServiceException(500, "InternalServerError", $"The fault plan names the step '{fault.Step}', which the component does not have.");
            }

            JobStep failing = job.Steps[step];
            StoredError error = fault.Kind == FaultKind.Preemption
                ? new StoredError("UserError", fault.Message ?? $"The low-priority node of '{failing.Compute}' was preempted; the step did not finish.", "NodePreempted")
                : new StoredError("UserError", fault.Message ?? $"The process of the step '{failing.Name}' ended with exit code 1.", "ScriptExecutionFailed");
            return new StepFailure(step, failing.Running + ((failing.Finalizing - failing.Running) / 2), error);
        }

        return ModelSourceFailure(job) ?? HardwareFailure(job, request.Now);
    }

    /// <summary>The component takes exactly one model and checks that in its first step, not in its schema.</summary>
    private static StepFailure? ModelSourceFailure(JobRecord job)
    {
        int sources = ModelSources.Count(job.Inputs.ContainsKey);
        bool hasRows = job.Inputs.ContainsKey("train_file_path") || job.Inputs.ContainsKey("train_mltable_path");
        string? message = sources != 1
            ? "Exactly one of mlflow_model_path, pytorch_model_path and huggingface_id has to be given."
            : hasRows ? null : "One of train_file_path and train_mltable_path has to be given.";
        JobStep step = job.Steps[PipelineSteps.ValidationIndex];
        return message is null
            ? null
            : new StepFailure(PipelineSteps.ValidationIndex, step.Running + ((step.Finalizing - step.Running) / 2), new StoredError("UserError", message, "ArgumentInvalid"));
    }

    private StepFailure? HardwareFailure(JobRecord job, DateTimeOffset now)
    {
        JobStep step = job.Steps[PipelineSteps.FineTuneIndex];
        ComputeRecord? cluster = step.Compute == Serverless ? null : Cluster(step.Compute, now);
        VmSize size = VmSizeCatalog.Find(cluster?.VmSize ?? job.Inputs["instance_type_finetune"])!;
        int nodes = PipelineSteps.Nodes(job);
        int gpus = PipelineSteps.Integer(job, "number_of_gpu_to_use_finetuning", 1);
        if (cluster is not null && nodes > cluster.MaxNodes)
        {
            return new StepFailure(PipelineSteps.FineTuneIndex, step.Queued, new StoredError(
                "UserError",
                string.Create(CultureInfo.InvariantCulture, $"num_nodes_finetune is {nodes}, but the cluster '{cluster.Name}' has at most {cluster.MaxNodes} nodes."),
                "NodeCountExceeded"));
        }

        int quota = VmSizeCatalog.Quota(workspace.Options, size.Family);
        if (cluster?.LowPriority != true && nodes * size.Cores > quota)
        {
            // The cluster cannot get a node; the first step that needs one waits for ever.
            int waiting = Array.FindIndex(job.Steps, candidate => candidate.Compute == step.Compute);
            return new StepFailure(waiting, At: null, new StoredError(
                "ClusterCoreQuotaReached",
                string.Create(CultureInfo.InvariantCulture, $"{nodes} nodes of {size.Name} need {nodes * size.Cores} vCPUs; the quota of {size.Family} is {quota}. Ask for more quota.")));
        }

        return size.Gpus >= gpus
            ? null
            : new StepFailure(PipelineSteps.FineTuneIndex, step.Running + workspace.Options.Durations.StepFinalize, new StoredError(
                "UserError",
                string.Create(CultureInfo.InvariantCulture, $"number_of_gpu_to_use_finetuning is {gpus}, but a node of {size.Name} has {size.Gpus} GPUs."),
                "NotEnoughGpus"));
    }

    private static void RequireWord(JsonObject parent, string name, string[] words)
    {
        parent.RequiredText(name);
        OptionalWord(parent, name, words);
    }

    private static void OptionalWord(JsonObject parent, string name, string[] words)
    {
        if (parent.Text(name) is { } word && !words.Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest($"'{word}' is not one of {string.Join(", ", words)}.", $"{parent.GetPath()}.{name}");
        }
    }

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ExperimentName();

    [GeneratedRegex(@"^\$\{\{\s*parent\.inputs\.(?<name>[^}\s]+)\s*\}\}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InputBinding();

    [GeneratedRegex(@"^\$\{\{\s*parent\.outputs\.(?<name>[^}\s]+)\s*\}\}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OutputBinding();
}
