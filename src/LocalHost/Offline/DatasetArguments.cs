using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Offline;

/// <summary>What <c>finetune validate</c> and <c>finetune prepare</c> are asked for.</summary>
internal sealed record DatasetArguments
{
    /// <summary>Files and folders of one dataset.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>How much is used, how it is split, and what is done about findings, as in a <c>run.json</c>.</summary>
    public required DatasetRequest Request { get; init; }

    /// <summary>The model's name, for its family's special tokens; null when not known.</summary>
    public string? Model { get; init; }

    /// <summary>Tokens that fit into the model's context; null when not known.</summary>
    public int? ContextLength { get; init; }

    /// <summary>How often the training split is gone through; null when not known.</summary>
    public double? Epochs { get; init; }

    /// <summary>Findings of each code that are shown to a person.</summary>
    public int Show { get; init; }

    /// <summary>Whether findings quote what stands there, made unreadable.</summary>
    public bool Excerpts { get; init; }

    /// <summary>Whether standard output gets one JSON document and nothing else.</summary>
    public bool Json { get; init; }

    /// <summary>Files for the report: <c>.html</c> or <c>.json</c>.</summary>
    public IReadOnlyList<string> Reports { get; init; } = [];

    /// <summary>The folder that the prepared dataset goes to; null when it is only checked.</summary>
    public string? Out { get; init; }
}
