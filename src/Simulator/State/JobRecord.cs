using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FineTune.Simulator.State;

/// <summary>A pipeline job: what was asked for, what is planned, and what has become known since.</summary>
/// <param name="Name">The client's name for it; also the id of its root run.</param>
/// <param name="Properties">The body's <c>properties</c> as they were sent.</param>
/// <param name="CreateHash">Hash of what may not change after creation.</param>
/// <param name="NodeName">Key of the component's node in <c>properties.jobs</c>.</param>
/// <param name="NodeRunId">Run of that node, the parent of the steps.</param>
/// <param name="Inputs">Values of the component's inputs: bindings resolved, defaults filled in.</param>
/// <param name="SubmittedAt">When the job was accepted.</param>
/// <param name="PrepareEnds">When the first step is put into the queue.</param>
/// <param name="FinalizeTakes">From the last step's end to the job's.</param>
/// <param name="Steps">The steps in their order.</param>
/// <param name="Failure">What is known beforehand to go wrong.</param>
/// <param name="Data">Outcome of reading the data sets; none while they are not read.</param>
/// <param name="Training">Outcome of the training; none while it is not done.</param>
/// <param name="CancelRequestedAt">When somebody cancelled it.</param>
/// <param name="CanceledAt">When the cancellation is through.</param>
/// <param name="Deletion">Its deletion, if somebody deleted it.</param>
internal sealed record JobRecord(
    string Name,
    JsonObject Properties,
    string CreateHash,
    string NodeName,
    string NodeRunId,
    SortedDictionary<string, string> Inputs,
    DateTimeOffset SubmittedAt,
    DateTimeOffset PrepareEnds,
    TimeSpan FinalizeTakes,
    JobStep[] Steps,
    StepFailure? Failure = null,
    ComputationOutcome? Data = null,
    ComputationOutcome? Training = null,
    DateTimeOffset? CancelRequestedAt = null,
    DateTimeOffset? CanceledAt = null,
    Provisioning? Deletion = null) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    public static string KeyOf(string name) => "jobs/" + name;

    public bool IsGone(DateTimeOffset now) => Deletion?.IsGone(now) == true;
}

/// <summary>One step of the component as planned; the times shift when a computation takes longer than planned.</summary>
/// <param name="Name">Name of the step in the component.</param>
/// <param name="Component">The step's own component, name and version.</param>
/// <param name="RunId">Its run.</param>
/// <param name="Compute">Cluster it runs on, or <c>serverless</c>.</param>
/// <param name="Queued">Put into the queue.</param>
/// <param name="Preparing">Taken out of it.</param>
/// <param name="Running">Starts to work.</param>
/// <param name="Finalizing">Has done its work.</param>
/// <param name="Ends">Is over.</param>
internal sealed record JobStep(
    string Name,
    string Component,
    string RunId,
    string Compute,
    DateTimeOffset Queued,
    DateTimeOffset Preparing,
    DateTimeOffset Running,
    DateTimeOffset Finalizing,
    DateTimeOffset Ends);

/// <summary>A step that fails.</summary>
/// <param name="Step">Index of the step.</param>
/// <param name="At">Planned time of the failure; none if the step waits in the queue for ever instead.</param>
/// <param name="Error">Why.</param>
internal sealed record StepFailure(int Step, DateTimeOffset? At, StoredError Error);

/// <summary>What a real computation behind a step has come to.</summary>
/// <param name="EndsAt">When the step's work is over in simulated time; never before the plan, later if somebody saw it still running.</param>
/// <param name="Failure">Why it failed, if it did; its time is final.</param>
internal sealed record ComputationOutcome(DateTimeOffset EndsAt, StepFailure? Failure = null);
