namespace FineTune.Workflow.Contracts;

/// <summary>The two ways in which Azure Resource Manager reports on an operation.</summary>
public enum OperationStyle
{
    /// <summary>The header <c>Azure-AsyncOperation</c>: 200 with a <c>status</c> word.</summary>
    AzureAsyncOperation,

    /// <summary>The header <c>Location</c>: 202 while running, 200 or 204 when done.</summary>
    Location,
}
