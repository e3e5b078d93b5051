namespace FineTune.AzureMachineLearning.Tests.Recorded;

/// <summary>A fact about what was recorded of Azure ML and of Microsoft's clients; skipped where the recordings are not at hand, as they are no part of this repository.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RecordedFactAttribute : FactAttribute
{
    public RecordedFactAttribute()
    {
        if (Recordings.Folder is null)
        {
            Skip = "The recordings of Azure ML are not here: put them at shared/azureml beside the repository.";
        }
    }
}
