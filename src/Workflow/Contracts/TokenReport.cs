namespace FineTune.Workflow.Contracts;

/// <summary>How many tokens there are, and how that is known.</summary>
public sealed record TokenReport
{
    /// <summary>How they are counted.</summary>
    public required string Method { get; init; }

    /// <summary>Whether it is an estimate rather than a tokenizer's count.</summary>
    public required bool IsEstimate { get; init; }

    /// <summary>How far the estimate was off on a dataset of English chats, in percent of all tokens.</summary>
    public double? ErrorPercent { get; init; }

    /// <summary>Tokens that fit into the model's context, when that is known.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How often the training split is gone through.</summary>
    public double? Epochs { get; init; }

    /// <summary>Tokens of the training split that are trained on, in all epochs; null without training rows.</summary>
    public long? BillableTokens { get; init; }
}
