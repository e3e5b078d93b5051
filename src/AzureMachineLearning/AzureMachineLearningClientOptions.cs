using Azure.Core;

namespace FineTune.AzureMachineLearning;

/// <summary>How <see cref="AzureMachineLearningClient"/> reaches the service.</summary>
public sealed class AzureMachineLearningClientOptions : ClientOptions
{
    /// <summary>Creates the options with what is safe to log.</summary>
    public AzureMachineLearningClientOptions()
    {
        Diagnostics.ApplicationId ??= "FineTuneFunctions";
        foreach (string header in (ReadOnlySpan<string>)["x-ms-correlation-request-id", "x-request-id", "azureml-model-deployment"])
        {
            Diagnostics.LoggedHeaderNames.Add(header);
        }

        foreach (string parameter in (ReadOnlySpan<string>)["$orderBy", "$top", "$skip", "listViewType"])
        {
            Diagnostics.LoggedQueryParameters.Add(parameter);
        }
    }

    /// <summary>The cloud. Default: Azure's public one.</summary>
    public AzureMachineLearningCloud Cloud { get; set; } = AzureMachineLearningCloud.Public;

    /// <summary>The api-version of calls to Azure Resource Manager. The bodies sent are those of 2024-04-01; later stable versions only add to it.</summary>
    public string ApiVersion { get; set; } = "2024-04-01";

    /// <summary>The clock: for latencies, and for a Retry-After that is a date.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
