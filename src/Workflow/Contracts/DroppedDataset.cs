namespace FineTune.Workflow.Contracts;

/// <summary>A blob that somebody dropped: the reason why a run started.</summary>
/// <param name="Container">The container.</param>
/// <param name="Name">The blob's name: the dataset itself, or the <c>run.json</c> of a folder.</param>
/// <param name="ETag">Its ETag; the same drop seen twice has the same.</param>
public sealed record DroppedDataset(string Container, string Name, string ETag);
