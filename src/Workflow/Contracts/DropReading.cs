namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that finds the request of a dropped dataset.</summary>
/// <param name="Drop">The drop.</param>
/// <param name="Default">The host's default request, under the drop's own.</param>
public sealed record DropReading(DroppedDataset Drop, RunRequest Default);
