using System.Text.Json.Serialization;

namespace FineTune.Simulator.State;

/// <summary>One document of the store.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ClockRecord), "clock")]
[JsonDerivedType(typeof(ComputeRecord), "compute")]
[JsonDerivedType(typeof(DataVersionRecord), "data")]
[JsonDerivedType(typeof(DeploymentRecord), "deployment")]
[JsonDerivedType(typeof(EndpointRecord), "endpoint")]
[JsonDerivedType(typeof(FaultRecord), "fault")]
[JsonDerivedType(typeof(JobRecord), "job")]
[JsonDerivedType(typeof(ModelVersionRecord), "model")]
[JsonDerivedType(typeof(OperationRecord), "operation")]
[JsonDerivedType(typeof(RunCursorRecord), "runCursor")]
[JsonDerivedType(typeof(SightingRecord), "sighting")]
[JsonDerivedType(typeof(WorkspaceRecord), "workspace")]
internal abstract record StoredRecord
{
    /// <summary>Where the document is kept: kind, slash, names. Compared without regard to case, as Azure compares names.</summary>
    [JsonIgnore]
    public abstract string Key { get; }
}
