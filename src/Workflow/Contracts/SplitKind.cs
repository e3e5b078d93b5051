namespace FineTune.Workflow.Contracts;

/// <summary>What a split is for.</summary>
public enum SplitKind
{
    /// <summary>Training rows; goes to <c>train_file_path</c>.</summary>
    Train,

    /// <summary>Validation rows; goes to <c>validation_file_path</c> when the source has them.</summary>
    Validation,

    /// <summary>Test rows; goes to <c>test_file_path</c>.</summary>
    Test,

    /// <summary>Generation-ranking rows for training; prepared, not sent to the job, as in the notebook.</summary>
    TrainGeneration,

    /// <summary>Generation-ranking rows for testing; the notebook asks its endpoint one of these.</summary>
    TestGeneration,
}
