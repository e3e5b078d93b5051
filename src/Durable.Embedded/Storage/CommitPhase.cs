namespace FineTune.Durable.Embedded.Storage;

/// <summary>Where a test may let the engine die.</summary>
internal enum CommitPhase
{
    /// <summary>All statements of the transaction ran; COMMIT did not.</summary>
    BeforeCommit,

    /// <summary>COMMIT succeeded; nobody has been told.</summary>
    AfterCommit,
}
