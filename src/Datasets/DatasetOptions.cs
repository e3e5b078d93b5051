namespace FineTune.Datasets;

/// <summary>How a dataset is checked, beside what the run's request says of it.</summary>
public sealed record DatasetOptions
{
    /// <summary>What a file may cost.</summary>
    public DatasetLimits Limits { get; init; } = new();

    /// <summary>
    /// The model's name, such as <c>Phi-4-mini-instruct</c>: by it its family's special tokens are known, and for some models the vocabulary that tokens are
    /// counted with. Null when not known.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Tokens that fit into the model's context (the component's <c>max_seq_length</c>); null when not known: then nothing is over it.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How often the training split is gone through, for the billable tokens; null when not known: then once.</summary>
    public double? Epochs { get; init; }

    /// <summary>Findings listed of each code, and changes of each kind; all are counted. Default 1,000.</summary>
    public int MaxListedPerCode { get; init; } = 1000;

    /// <summary>Whether findings quote what stands there, made unreadable; see <see cref="Workflow.Contracts.DatasetFinding.Excerpt"/>.</summary>
    public bool IncludeExcerpts { get; init; }

    /// <summary>Whose special tokens are looked for.</summary>
    public ModelFamily Family => Rows.SpecialTokens.FamilyOf(Model);
}
