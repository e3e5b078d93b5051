namespace FineTune.LocalHost.Offline;

/// <summary>How a check or a preparation ended.</summary>
internal enum DatasetOutcome
{
    /// <summary>A run with these settings would take the dataset.</summary>
    Valid,

    /// <summary>It was read to its end, and a run with these settings would refuse it.</summary>
    Refused,

    /// <summary>It could not be read, or its output could not be written.</summary>
    Failed,
}
