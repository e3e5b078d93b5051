namespace FineTune.Workflow.Rules;

/// <summary>What a blob in the datasets container means to the watcher.</summary>
public enum DroppedBlobKind
{
    /// <summary>A dataset directly under <c>incoming/</c>: starts a run.</summary>
    Dataset,

    /// <summary>A folder's <c>run.json</c>: starts a run on the folder as one dataset.</summary>
    Folder,

    /// <summary>A <c>{name}.run.json</c> directly under <c>incoming/</c>: belongs to the dataset of that name.</summary>
    RunRequest,

    /// <summary>A dataset file in a folder: waits for the folder's <c>run.json</c>.</summary>
    FolderMember,

    /// <summary>Nothing of ours.</summary>
    Ignored,
}
