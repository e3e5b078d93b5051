using System.Text.Json;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary>Run history: what ARM does not tell about a pipeline job, its steps and why it failed.</summary>
internal sealed class RunHistory(ServicePipeline pipeline, Workspace workspace)
{
    private const int MostSteps = 20;

    /// <summary>The steps of a job, as JSON runs in the order in which they came to be.</summary>
    public async Task<IReadOnlyList<JsonElement>> GetStepsAsync(string jobName, CancellationToken cancellationToken)
    {
        IReadOnlyList<JsonElement> steps = await GetChildrenAsync(jobName, cancellationToken);

        // The job holds one node, the pipeline component; the steps that mean something to a person are that node's children.
        if (steps is [JsonElement node] && node.At("runId").Text() is { } nodeId)
        {
            IReadOnlyList<JsonElement> inner = await GetChildrenAsync(nodeId, cancellationToken);
            steps = inner.Count > 0 ? inner : steps;
        }

        return steps;
    }

    /// <summary>What a run says about its failure; Undefined when nothing.</summary>
    public async Task<JsonElement> GetErrorAsync(string runId, CancellationToken cancellationToken)
    {
        string url = await workspace.GetRunHistoryUrlAsync(cancellationToken) + ServicePipeline.Path($"/runs/{runId}");
        return (await pipeline.GetAsync(url, acceptNotFound: true, cancellationToken)).Json.At("error");
    }

    /// <summary>A run as a step for people.</summary>
    public static JobStep ToStep(JsonElement run) => new(Name(run), run.At("status").Text() ?? "Unknown");

    /// <summary>A run's name for people.</summary>
    public static string Name(JsonElement run) =>
        run.At("displayName").Text() ?? run.At("properties", "azureml.moduleName").Text() ?? run.At("name").Text() ?? run.At("runId").Text() ?? "?";

    private async Task<IReadOnlyList<JsonElement>> GetChildrenAsync(string runId, CancellationToken cancellationToken)
    {
        string url = await workspace.GetRunHistoryUrlAsync(cancellationToken) + ServicePipeline.Path($"/runs/{runId}/children");
        var children = new List<JsonElement>();
        try
        {
            await foreach (JsonElement child in pipeline.List(url, cancellationToken))
            {
                children.Add(child);
                if (children.Count == MostSteps)
                {
                    break;
                }
            }
        }
        catch (UpstreamException e) when (e.Kind == OutcomeKind.NotFound)
        {
            // A job just accepted is not in run history yet.
        }

        // Steps that have not started have no time yet, and come last.
        return [.. children.OrderBy(run => run.At("startTimeUtc").Text() ?? "~", StringComparer.Ordinal)];
    }
}
