namespace FineTune.Datasets;

/// <summary>How a dataset is checked, beside what the run's request says of it.</summary>
public sealed record DatasetOptions
{
    /// <summary>What a file may cost.</summary>
    public DatasetLimits Limits { get; init; } = new();

    /// <summary>Whose special tokens are looked for; <see cref="FamilyOf"/> knows it by a model's name.</summary>
    public ModelFamily Family { get; init; }

    /// <summary>Tokens that fit into the model's context (the component's <c>max_seq_length</c>); null when not known: then nothing is over it.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How often the training split is gone through, for the billable tokens; null when not known: then once.</summary>
    public double? Epochs { get; init; }

    /// <summary>Findings listed of each code, and changes of each kind; all are counted. Default 1,000.</summary>
    public int MaxListedPerCode { get; init; } = 1000;

    /// <summary>Whether findings quote what stands there, made unreadable; see <see cref="Workflow.Contracts.DatasetFinding.Excerpt"/>.</summary>
    public bool IncludeExcerpts { get; init; }

    /// <summary>The family of a model by its name.</summary>
    /// <param name="model">Such as <c>Phi-4-mini-instruct</c>.</param>
    /// <returns>The family, or <see cref="ModelFamily.Unknown"/>.</returns>
    public static ModelFamily FamilyOf(string? model) => Rows.SpecialTokens.FamilyOf(model);
}
