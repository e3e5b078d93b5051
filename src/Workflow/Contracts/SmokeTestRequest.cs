namespace FineTune.Workflow.Contracts;

/// <summary>What is asked of the fresh endpoint before traffic goes to it, and what counts as an answer.</summary>
public sealed record SmokeTestRequest
{
    /// <summary>Rows of the test split that are asked, 1 to 20. Notebook: 1.</summary>
    public int Rows { get; init; } = 1;

    /// <summary>Sampling temperature, 0 to 2.</summary>
    public double Temperature { get; init; } = 0.6;

    /// <summary>Nucleus probability, above 0 and up to 1.</summary>
    public double TopP { get; init; } = 0.9;

    /// <summary>Whether tokens are sampled; greedy when false.</summary>
    public bool DoSample { get; init; } = true;

    /// <summary>Tokens at most in an answer, 1 to 4096.</summary>
    public int MaxNewTokens { get; init; } = 200;

    /// <summary>Answers shorter than this many characters fail the test.</summary>
    public int MinAnswerLength { get; init; } = 1;
}
