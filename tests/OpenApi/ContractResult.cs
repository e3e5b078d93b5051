namespace FineTune.OpenApi;

/// <summary>What one test assembly's exchanges came to.</summary>
/// <param name="Checked">Exchanges held against the documents.</param>
/// <param name="Requests">Requests to scripted answers held against them.</param>
/// <param name="Outside">Exchanges that they say nothing about.</param>
/// <param name="Violations">How many went against them.</param>
/// <param name="Operations">The operations seen.</param>
public sealed record ContractResult(int Checked, int Requests, int Outside, int Violations, IReadOnlyList<string> Operations)
{
    /// <summary>The operations that there are to see.</summary>
    public IReadOnlyList<string> ContractOperations { get; } = OpenApi.ContractOperations.Ids;

    /// <summary>The folder that results of a whole test run are collected in; null when nobody collects them.</summary>
    public static string? Folder => Environment.GetEnvironmentVariable("FINETUNE_CONTRACT_RESULTS");
}
