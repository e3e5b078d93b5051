namespace FineTune.Workflow.Contracts;

/// <summary>What is done about rows with findings. Whatever is done is logged with its row.</summary>
public enum RepairPolicy
{
    /// <summary>Nothing is changed. Rows with errors are left out, and refuse the dataset above <see cref="DatasetRequest.MaxInvalidPercent"/>; rows with warnings stay.</summary>
    Report,

    /// <summary>Rows with errors or warnings are left out.</summary>
    Drop,

    /// <summary>Rows are repaired where that is certain, and left out where it is not. Duplicates are left out.</summary>
    Fix,
}
