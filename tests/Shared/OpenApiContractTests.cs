using System.Runtime.CompilerServices;
using System.Text.Json;
using FineTune.OpenApi;

namespace FineTune.Tests.Shared;

/// <summary>
/// All that this assembly's tests exchanged with simulated workspaces, held against Azure ML's OpenAPI documents. Tests that
/// may not run beside others run after them, which is when everything has been seen.
/// </summary>
[CollectionDefinition(nameof(OpenApiContractTests), DisableParallelization = true)]
[Collection(nameof(OpenApiContractTests))]
public sealed class OpenApiContractTests
{
    private static readonly ContractCheck? Check = OpenApiDocuments.FindFolder() is { } folder ? new ContractCheck(OpenApiDocuments.Load(folder)) : null;

    /// <summary>For tests whose service is a script.</summary>
    internal static ContractCheck? Contract => Check;

#pragma warning disable CA2255 // A module initializer is the only moment before any test of the assembly.
    [ModuleInitializer]
    internal static void Record()
    {
        if (Check is { } check)
        {
            ExchangeRecorder.Start(check.Check);
        }
    }
#pragma warning restore CA2255

    [OpenApiFact]
    public void Every_exchange_is_as_the_OpenAPI_documents_say()
    {
        if (ContractResult.Folder is { } results)
        {
            var result = new ContractResult(Check!.Checked, Check.Requests, Check.Outside, Check.Violations.Values.Sum(), [.. Check.Operations.Keys]);
            File.WriteAllText(Path.Combine(results, $"{typeof(OpenApiContractTests).Assembly.GetName().Name}.json"), JsonSerializer.Serialize(result));
        }

        Assert.True(Check!.Violations.Count == 0, $"{Check.Checked} exchanges checked:\n" + string.Join('\n', Check.Violations.Select(violation => $"{violation.Value} x {violation.Key}").Order(StringComparer.Ordinal)));
    }
}
