namespace FineTune.Workflow.Contracts;

/// <summary>Which dataset, and how much of it.</summary>
public sealed record DatasetRequest
{
    /// <summary>
    /// A blob in the container <c>datasets</c> (<c>shared/chat.jsonl</c>), or a folder there (<c>shared/ultrachat/</c>), relative to the container.
    /// Required over HTTP; filled in by the watcher for a dropped dataset.
    /// </summary>
    public string? Path { get; init; }

    /// <summary>Percent of each split that is used, above 0 and up to 100. Default 5, as the notebook's <c>dataset_split_pc</c>.</summary>
    public double SplitPercent { get; init; } = 5;

    /// <summary>Which rows, when <see cref="SplitPercent"/> is below 100.</summary>
    public RowSelection Selection { get; init; } = RowSelection.First;

    /// <summary>Seed of <see cref="RowSelection.Sample"/> and of the row chosen for the smoke test.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Percent of a dataset without split files that becomes the test split, 1 to 50; by hash of <c>prompt_id</c> or, without one, of the messages.</summary>
    public double TestPercent { get; init; } = 10;

    /// <summary>Percent of rows that may be invalid (they are left out and reported), 0 to 100. Above it the dataset is refused. Default 0.</summary>
    public double MaxInvalidPercent { get; init; }

    /// <summary>What is done about rows with findings. Default: nothing, but report them.</summary>
    public RepairPolicy Repair { get; init; }

    /// <summary>The most rows that each split gets, at least 1; null for no cap. The first ones that the percentage selects, in file order.</summary>
    public int? MaxRows { get; init; }
}
