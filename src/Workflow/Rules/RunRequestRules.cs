using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>The ranges and patterns of a request's fields: everything that can be checked without asking Azure.</summary>
public static partial class RunRequestRules
{
    private const int MaxPathLength = 1024;
    private const int MaxParameters = 200;
    private const int MaxGates = 50;
    private const int MaxTextLength = 4096;
    private const string ResourceName = @"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}\z";

    /// <summary>Checks a request that is already typed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="datasetPathRequired">Whether a dataset must be named: over HTTP, where no dropped blob names it.</param>
    /// <returns>All errors, in the order of the fields; without lines and columns.</returns>
    public static IReadOnlyList<FieldError> Check(RunRequest request, bool datasetPathRequired = false)
    {
        List<FieldError> errors = [];
        void Error(string path, string message) => errors.Add(new FieldError(path, message));
        void Expect(bool condition, string path, string message)
        {
            if (!condition)
            {
                Error(path, message);
            }
        }

        void Between(double value, double min, double max, string path) =>
            Expect(value >= min && value <= max, path, $"Must be {Text(min)} to {Text(max)}, not {Text(value)}.");
        void Above(double value, double min, double max, string path) =>
            Expect(value > min && value <= max, path, $"Must be above {Text(min)} and up to {Text(max)}, not {Text(value)}.");
        void Lasting(TimeSpan value, TimeSpan min, TimeSpan max, string path) =>
            Expect(value >= min && value <= max, path, $"Must be {XmlConvert.ToString(min)} to {XmlConvert.ToString(max)}, not {XmlConvert.ToString(value)}.");
        void Matches(Regex pattern, string value, string path, string message) => Expect(value is not null && pattern.IsMatch(value), path, message);

        DatasetRequest dataset = request.Dataset;
        if (dataset.Path is not null)
        {
            CheckDatasetPath(dataset.Path, Error);
        }
        else if (datasetPathRequired)
        {
            Error("$.dataset.path", "Is required: a blob or a folder (ending in /) of the container datasets.");
        }

        Above(dataset.SplitPercent, 0, 100, "$.dataset.splitPercent");
        Expect(Enum.IsDefined(dataset.Selection), "$.dataset.selection", "Must be First or Sample.");
        Between(dataset.TestPercent, 1, 50, "$.dataset.testPercent");
        Between(dataset.MaxInvalidPercent, 0, 100, "$.dataset.maxInvalidPercent");
        Expect(Enum.IsDefined(dataset.Repair), "$.dataset.repair", "Must be Report, Drop or Fix.");
        Expect(dataset.MaxRows is null or > 0, "$.dataset.maxRows", "Must be at least 1, or null.");

        const string AssetRule = "Must be 1 to 255 letters, digits, dots, dashes and underscores, beginning with a letter or digit.";
        const string RegistryRule = "Must be 3 to 33 letters, digits, dashes and underscores, beginning with a letter or digit.";
        const string VersionRule = "Must be latest, or a version of 1 to 30 letters, digits, dots, dashes and underscores.";
        Matches(RegistryName(), request.BaseModel.Registry, "$.baseModel.registry", RegistryRule);
        Matches(AssetName(), request.BaseModel.Name, "$.baseModel.name", AssetRule);
        Matches(AssetVersion(), request.BaseModel.Version, "$.baseModel.version", VersionRule);
        Matches(RegistryName(), request.Component.Registry, "$.component.registry", RegistryRule);
        Matches(AssetName(), request.Component.Name, "$.component.name", AssetRule);
        Matches(AssetVersion(), request.Component.Version, "$.component.version", VersionRule);

        const string SizeRule = "Must be the name of a VM size, such as Standard_NC24ads_A100_v4.";
        ComputeRequest compute = request.Compute;
        Matches(ClusterName(), compute.Name, "$.compute.name", "Must be 2 to 16 letters, digits and dashes, beginning and ending with a letter or digit.");
        Matches(VmSizeName(), compute.Size, "$.compute.size", SizeRule);
        Between(compute.MaxNodes, 1, 100, "$.compute.maxNodes");
        Lasting(compute.IdleTimeBeforeScaleDown, TimeSpan.FromSeconds(30), TimeSpan.FromDays(1), "$.compute.idleTimeBeforeScaleDown");

        CheckParameters(request, Error);
        CheckGates(request.MetricGates, Error);
        Lasting(request.Approval.Timeout, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), "$.approval.timeout");

        DeploymentRequest deployment = request.Deployment;
        Matches(DeploymentName(), deployment.Name, "$.deployment.name", "Must be 3 to 32 letters, digits and dashes, beginning with a letter and ending with a letter or digit.");
        Matches(VmSizeName(), deployment.InstanceType, "$.deployment.instanceType", SizeRule);
        Between(deployment.InstanceCount, 1, 50, "$.deployment.instanceCount");
        Lasting(deployment.LivenessInitialDelay, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "$.deployment.livenessInitialDelay");
        Lasting(deployment.RequestTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(180), "$.deployment.requestTimeout");

        SmokeTestRequest test = request.SmokeTest;
        Between(test.Rows, 1, 20, "$.smokeTest.rows");
        Between(test.Temperature, 0, 2, "$.smokeTest.temperature");
        Above(test.TopP, 0, 1, "$.smokeTest.topP");
        Between(test.MaxNewTokens, 1, 4096, "$.smokeTest.maxNewTokens");
        Between(test.MinAnswerLength, 0, 100_000, "$.smokeTest.minAnswerLength");

        Lasting(request.TimeToLive, TimeSpan.FromMinutes(1), TimeSpan.FromDays(30), "$.timeToLive");
        if (request.ExperimentName is not null)
        {
            Matches(Resource(), request.ExperimentName, "$.experimentName", "Must be 1 to 255 letters, digits, dashes and underscores, beginning with a letter or digit.");
        }

        if (request.DatasetName is not null)
        {
            Matches(DatasetNamePattern(), request.DatasetName, "$.datasetName", "Must be 1 to 64 letters, digits, dashes and underscores, beginning with a letter or digit.");
        }

        return errors;
    }

    private static void CheckDatasetPath(string path, Action<string, string> error)
    {
        const string Path = "$.dataset.path";
        if (path.Length is 0 or > MaxPathLength)
        {
            error(Path, "Must be 1 to 1024 characters.");
        }
        else if (path.Contains('\\', StringComparison.Ordinal))
        {
            error(Path, "Must not hold a backslash; folders are divided by /.");
        }
        else if (path.Any(char.IsControl))
        {
            error(Path, "Must not hold control characters.");
        }
        else if (path.Contains("://", StringComparison.Ordinal))
        {
            error(Path, "Must be a path in the container datasets, not an address.");
        }
        else if (!IsRelative(path))
        {
            error(Path, "Must be relative to the container datasets: no / at its start, no //, and no folder named . or ..");
        }
    }

    // A folder's path ends with a slash: only its last segment may be empty.
    private static bool IsRelative(string path)
    {
        string[] segments = path.Split('/');
        return !segments.Any(segment => segment is "." or "..") && Array.IndexOf(segments, string.Empty, 0, segments.Length - 1) < 0;
    }

    private static void CheckParameters(RunRequest request, Action<string, string> error)
    {
        if (request.Parameters.Count > MaxParameters)
        {
            error("$.parameters", $"Must have at most {Text(MaxParameters)} entries.");
            return;
        }

        foreach ((string name, JsonElement value) in request.Parameters)
        {
            string path = JsonPath.Member("$.parameters", name);
            if (!ParameterName().IsMatch(name))
            {
                error(path, "Must be named as an input of the component: 1 to 128 letters, digits and underscores, no digit first.");
            }
            else if (ParameterMerge.ReservedInputs.TryGetValue(name, out string? field))
            {
                error(path, $"Is set by the workflow: {field} decides it.");
            }
            else if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False))
            {
                error(path, "Must be a string, a number or a boolean.");
            }
            else if (value.ValueKind == JsonValueKind.String && value.GetString()!.Length > MaxTextLength)
            {
                error(path, $"Must have at most {Text(MaxTextLength)} characters.");
            }
        }
    }

    private static void CheckGates(IReadOnlyDictionary<string, MetricGate> gates, Action<string, string> error)
    {
        if (gates.Count > MaxGates)
        {
            error("$.metricGates", $"Must have at most {Text(MaxGates)} entries.");
            return;
        }

        foreach ((string name, MetricGate gate) in gates)
        {
            string path = JsonPath.Member("$.metricGates", name);
            if (name.Length is 0 or > 250 || name.Any(char.IsControl))
            {
                error(path, "Must be named as a metric: 1 to 250 characters, no control characters.");
            }
            else if (gate.Min is null && gate.Max is null)
            {
                error(path, "Must have a min, a max or both.");
            }
            else if (gate.Min is { } min && !double.IsFinite(min))
            {
                error($"{path}.min", "Must be a finite number.");
            }
            else if (gate.Max is { } max && !double.IsFinite(max))
            {
                error($"{path}.max", "Must be a finite number.");
            }
            else if (gate.Min > gate.Max)
            {
                error(path, "Can never be met: min is above max.");
            }
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(ResourceName, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Resource();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,254}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AssetName();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_.]{0,29}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AssetVersion();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_]{2,32}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex RegistryName();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-]{0,14}[a-zA-Z0-9]\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ClusterName();

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9\-]{1,30}[a-zA-Z0-9]\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DeploymentName();

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9]*_[a-zA-Z0-9_\-]{1,60}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex VmSizeName();

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,63}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DatasetNamePattern();

    [GeneratedRegex(@"^[a-zA-Z_][a-zA-Z0-9_]{0,127}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ParameterName();
}
