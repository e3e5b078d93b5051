using System.Text.Unicode;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>
/// Reads a run's request from JSON, strictly: a mistyped field must not cost hours of GPU time. Unknown fields, fields given twice, wrong types,
/// values out of range, comments and trailing commas are errors, all of them reported at once (but after a break of JSON's syntax nothing can be read).
/// </summary>
public static class RunRequestReader
{
    /// <summary>How long a text may be, in bytes.</summary>
    public const int MaxBytes = 1_048_576;

    /// <summary>How deep objects and arrays may nest. A request needs three levels.</summary>
    public const int MaxDepth = 32;

    private static readonly Dictionary<string, FieldReader<DatasetRequest>> DatasetFields = new(StringComparer.Ordinal)
    {
        ["path"] = (ref json, record) => record with { Path = json.ReadOptionalText(record.Path) },
        ["splitPercent"] = (ref json, record) => record with { SplitPercent = json.ReadNumber(record.SplitPercent) },
        ["selection"] = (ref json, record) => record with { Selection = json.ReadWord(record.Selection) },
        ["seed"] = (ref json, record) => record with { Seed = json.ReadInteger(record.Seed) },
        ["testPercent"] = (ref json, record) => record with { TestPercent = json.ReadNumber(record.TestPercent) },
        ["maxInvalidPercent"] = (ref json, record) => record with { MaxInvalidPercent = json.ReadNumber(record.MaxInvalidPercent) },
        ["repair"] = (ref json, record) => record with { Repair = json.ReadWord(record.Repair) },
        ["maxRows"] = (ref json, record) => record with { MaxRows = json.ReadOptionalInteger(record.MaxRows) },
    };

    private static readonly Dictionary<string, FieldReader<ModelReference>> ModelFields = new(StringComparer.Ordinal)
    {
        ["registry"] = (ref json, record) => record with { Registry = json.ReadText(record.Registry) },
        ["name"] = (ref json, record) => record with { Name = json.ReadText(record.Name) },
        ["version"] = (ref json, record) => record with { Version = json.ReadText(record.Version) },
    };

    private static readonly Dictionary<string, FieldReader<ComponentReference>> ComponentFields = new(StringComparer.Ordinal)
    {
        ["registry"] = (ref json, record) => record with { Registry = json.ReadText(record.Registry) },
        ["name"] = (ref json, record) => record with { Name = json.ReadText(record.Name) },
        ["version"] = (ref json, record) => record with { Version = json.ReadText(record.Version) },
    };

    private static readonly Dictionary<string, FieldReader<ComputeRequest>> ComputeFields = new(StringComparer.Ordinal)
    {
        ["name"] = (ref json, record) => record with { Name = json.ReadText(record.Name) },
        ["size"] = (ref json, record) => record with { Size = json.ReadText(record.Size) },
        ["maxNodes"] = (ref json, record) => record with { MaxNodes = json.ReadInteger(record.MaxNodes) },
        ["allowLowPriority"] = (ref json, record) => record with { AllowLowPriority = json.ReadBoolean(record.AllowLowPriority) },
        ["idleTimeBeforeScaleDown"] = (ref json, record) => record with { IdleTimeBeforeScaleDown = json.ReadDuration(record.IdleTimeBeforeScaleDown) },
    };

    private static readonly Dictionary<string, FieldReader<MetricGate>> GateFields = new(StringComparer.Ordinal)
    {
        ["min"] = (ref json, record) => record with { Min = json.ReadOptionalNumber(record.Min) },
        ["max"] = (ref json, record) => record with { Max = json.ReadOptionalNumber(record.Max) },
    };

    private static readonly Dictionary<string, FieldReader<ApprovalRequest>> ApprovalFields = new(StringComparer.Ordinal)
    {
        ["required"] = (ref json, record) => record with { Required = json.ReadBoolean(record.Required) },
        ["timeout"] = (ref json, record) => record with { Timeout = json.ReadDuration(record.Timeout) },
    };

    private static readonly Dictionary<string, FieldReader<DeploymentRequest>> DeploymentFields = new(StringComparer.Ordinal)
    {
        ["name"] = (ref json, record) => record with { Name = json.ReadText(record.Name) },
        ["instanceType"] = (ref json, record) => record with { InstanceType = json.ReadText(record.InstanceType) },
        ["instanceCount"] = (ref json, record) => record with { InstanceCount = json.ReadInteger(record.InstanceCount) },
        ["allowUnlistedInstanceType"] = (ref json, record) => record with { AllowUnlistedInstanceType = json.ReadBoolean(record.AllowUnlistedInstanceType) },
        ["livenessInitialDelay"] = (ref json, record) => record with { LivenessInitialDelay = json.ReadDuration(record.LivenessInitialDelay) },
        ["requestTimeout"] = (ref json, record) => record with { RequestTimeout = json.ReadDuration(record.RequestTimeout) },
    };

    private static readonly Dictionary<string, FieldReader<SmokeTestRequest>> SmokeTestFields = new(StringComparer.Ordinal)
    {
        ["rows"] = (ref json, record) => record with { Rows = json.ReadInteger(record.Rows) },
        ["temperature"] = (ref json, record) => record with { Temperature = json.ReadNumber(record.Temperature) },
        ["topP"] = (ref json, record) => record with { TopP = json.ReadNumber(record.TopP) },
        ["doSample"] = (ref json, record) => record with { DoSample = json.ReadBoolean(record.DoSample) },
        ["maxNewTokens"] = (ref json, record) => record with { MaxNewTokens = json.ReadInteger(record.MaxNewTokens) },
        ["minAnswerLength"] = (ref json, record) => record with { MinAnswerLength = json.ReadInteger(record.MinAnswerLength) },
    };

    private static readonly Dictionary<string, FieldReader<RunRequest>> RunFields = new(StringComparer.Ordinal)
    {
        ["dataset"] = (ref json, record) => record with { Dataset = json.ReadObject(record.Dataset, DatasetFields) },
        ["baseModel"] = (ref json, record) => record with { BaseModel = json.ReadObject(record.BaseModel, ModelFields) },
        ["component"] = (ref json, record) => record with { Component = json.ReadObject(record.Component, ComponentFields) },
        ["compute"] = (ref json, record) => record with { Compute = json.ReadObject(record.Compute, ComputeFields) },
        ["parameters"] = (ref json, record) => record with
        {
            Parameters = json.ReadMap(record.Parameters, static (ref json, _) => json.ReadScalar()),
        },
        ["metricGates"] = (ref json, record) => record with
        {
            MetricGates = json.ReadMap(record.MetricGates, static (ref json, gate) => json.ReadObject(gate ?? new MetricGate(), GateFields)),
        },
        ["approval"] = (ref json, record) => record with { Approval = json.ReadObject(record.Approval, ApprovalFields) },
        ["deployment"] = (ref json, record) => record with { Deployment = json.ReadObject(record.Deployment, DeploymentFields) },
        ["smokeTest"] = (ref json, record) => record with { SmokeTest = json.ReadObject(record.SmokeTest, SmokeTestFields) },
        ["timeToLive"] = (ref json, record) => record with { TimeToLive = json.ReadDuration(record.TimeToLive) },
        ["experimentName"] = (ref json, record) => record with { ExperimentName = json.ReadOptionalText(record.ExperimentName) },
        ["datasetName"] = (ref json, record) => record with { DatasetName = json.ReadOptionalText(record.DatasetName) },
    };

    /// <summary>Reads a request.</summary>
    /// <param name="json">The text in UTF-8, with or without a byte order mark.</param>
    /// <param name="defaults">What counts for every field that the text does not give; parameters and gates are laid over it entry by entry.</param>
    /// <param name="datasetPathRequired">Whether a dataset must be named, by the text or the defaults.</param>
    /// <returns>The request, or all errors.</returns>
    public static RunRequestReadResult Read(ReadOnlySpan<byte> json, RunRequest defaults, bool datasetPathRequired = false)
    {
        ReadOnlySpan<byte> text = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        if (text.Length > MaxBytes)
        {
            return new RunRequestReadResult(null, [new FieldError("$", "Must have at most 1,048,576 bytes.")]);
        }

        var parser = new RunRequestParser(text, MaxDepth);
        if (!Utf8.IsValid(text))
        {
            parser.AddInvalidUtf8();
            return new RunRequestReadResult(null, parser.CollectErrors());
        }

        RunRequest? request = parser.ReadDocument(defaults, RunFields);
        foreach (FieldError error in request is null ? [] : RunRequestRules.Check(request, datasetPathRequired))
        {
            parser.AddLocated(error);
        }

        IReadOnlyList<FieldError> errors = parser.CollectErrors();
        return new RunRequestReadResult(errors.Count == 0 ? request : null, errors);
    }
}
