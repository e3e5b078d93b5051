namespace FineTune.Workflow.Contracts;

/// <summary>Which rows of a split are used when fewer than all are wanted.</summary>
public enum RowSelection
{
    /// <summary>The first ones in file order, as the notebook's <c>split[:5%]</c>.</summary>
    First,

    /// <summary>Those whose seeded hash falls below the percentage: the same rows for the same seed, in any file order.</summary>
    Sample,
}
