namespace FineTune.Datasets.Rows;

/// <summary>What a row's properties are called.</summary>
internal enum RowShape
{
    /// <summary><c>messages</c> of <c>role</c> and <c>content</c>, as OpenAI and the pipeline component have them.</summary>
    Chat,

    /// <summary><c>conversations</c> of <c>from</c> and <c>value</c>.</summary>
    ShareGpt,

    /// <summary><c>instruction</c>, <c>input</c> and <c>output</c>.</summary>
    Alpaca,

    /// <summary><c>prompt</c> and <c>completion</c>.</summary>
    PromptCompletion,
}
