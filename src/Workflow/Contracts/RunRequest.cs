using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTune.Workflow.Contracts;

/// <summary>
/// What a person asks for: the body of <c>POST /api/runs</c> and the content of a <c>*.run.json</c>.
/// Every field has a default; the defaults are the notebook's, but where the notebook no longer works (see the fields).
/// </summary>
public sealed record RunRequest
{
    /// <summary>The dataset.</summary>
    public DatasetRequest Dataset { get; init; } = new();

    /// <summary>The model to tune.</summary>
    public ModelReference BaseModel { get; init; } = new();

    /// <summary>The pipeline component that tunes it.</summary>
    public ComponentReference Component { get; init; } = new();

    /// <summary>Where it is tuned.</summary>
    public ComputeRequest Compute { get; init; } = new();

    /// <summary>
    /// Inputs of the component that this run sets, by the component's own names; they win over the model's own defaults,
    /// which win over the notebook's. Values are JSON strings, numbers or booleans.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Gates on the last value of metrics, by metric name (<c>eval_loss</c>). None by default.</summary>
    public IReadOnlyDictionary<string, MetricGate> MetricGates { get; init; } = new Dictionary<string, MetricGate>();

    /// <summary>Whether a person approves.</summary>
    public ApprovalRequest Approval { get; init; } = new();

    /// <summary>How it is served.</summary>
    public DeploymentRequest Deployment { get; init; } = new();

    /// <summary>How it is tested.</summary>
    public SmokeTestRequest SmokeTest { get; init; } = new();

    /// <summary>How long the endpoint serves before it is torn down, 1 minute to 30 days; it can be extended while it serves. ISO 8601.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The experiment's name; <c>chat_completion_{model}</c> when null, as in the notebook.</summary>
    public string? ExperimentName { get; init; }

    /// <summary>The dataset's name in display and model names; from the dataset's path when null. The notebook's word is <c>ultrachat</c>.</summary>
    public string? DatasetName { get; init; }
}
