namespace FineTune.Workflow.Contracts;

/// <summary>How many tokens there are, and how that is known.</summary>
public sealed record TokenReport
{
    /// <summary>How they are counted.</summary>
    public required string Method { get; init; }

    /// <summary>Whether it is an estimate rather than a tokenizer's count.</summary>
    public required bool IsEstimate { get; init; }

    /// <summary>
    /// How far the estimate is off, in percent of all tokens: over the <see cref="CountedRows"/> of this dataset or, without any, over English chats. Null when it is no estimate.
    /// </summary>
    public double? ErrorPercent { get; init; }

    /// <summary>Usable rows that the model's tokenizer counted; null when its vocabulary is not at hand.</summary>
    public long? CountedRows { get; init; }

    /// <summary>Tokens that fit into the model's context, when that is known.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How often the training split is gone through.</summary>
    public double? Epochs { get; init; }

    /// <summary>Tokens of the training split that are trained on, in all epochs; null without training rows.</summary>
    public long? BillableTokens { get; init; }
}
