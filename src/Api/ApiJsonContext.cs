using System.Text.Json;
using System.Text.Json.Serialization;
using FineTune.Workflow.Contracts;

namespace FineTune.Api;

/// <summary>The JSON of requests and answers: the same conventions as in history, compiled.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ApiProblem))]
[JsonSerializable(typeof(ApprovalBody))]
[JsonSerializable(typeof(CommandBody))]
[JsonSerializable(typeof(ExtensionBody))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(RunAccepted))]
[JsonSerializable(typeof(RunList))]
[JsonSerializable(typeof(RunStatus))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
