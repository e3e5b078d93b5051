using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>
/// Which machines may tune and serve a model. Sizes are compared ignoring case: the service itself writes them in capitals.
/// An allow-list comes from the model's tags (Python lists), else from where the registry keeps it since June 2026; newer models may have none.
/// </summary>
public static class ComputeRules
{
    /// <summary>The tag with the sizes that may tune the model.</summary>
    public const string FinetuneTag = "finetune_compute_allow_list";

    /// <summary>The tag with the sizes that may serve the model.</summary>
    public const string InferenceTag = "inference_compute_allow_list";

    private const int MaxSuggestions = 10;

    // The K80 sizes that the notebook refuses when a model has no allow-list.
    private static readonly string[] UnsupportedSizes = ["Standard_NC6", "Standard_NC12", "Standard_NC24", "Standard_NC24r"];

    /// <summary>Checks a size against the model's list for fine-tuning or, without one, against the sizes that can't do it at all.</summary>
    /// <param name="size">The VM size.</param>
    /// <param name="model">The base model.</param>
    /// <returns>Why it can't be used, or null.</returns>
    public static Failure? CheckFinetuneSize(string size, RegistryModel model)
    {
        (IReadOnlyList<string>? allowed, Failure? failure) = FinetuneSizes(model);
        return failure ?? (allowed is null
            ? Contains(UnsupportedSizes, size)
                ? new Failure("ComputeSizeNotSupported", $"{size} can't be used for fine-tuning: its K80 GPUs are not supported.")
                {
                    Where = "$.compute.size",
                    NextStep = "Choose a size with A100 or H100 GPUs, such as Standard_NC24ads_A100_v4.",
                }
                : null
            : Contains(allowed, size)
                ? null
                : new Failure("ComputeSizeNotAllowed", $"{size} is not among the sizes that {model.Name} version {model.Version} can be tuned on.")
                {
                    Where = "$.compute.size",
                    NextStep = Choose(allowed),
                });
    }

    /// <summary>Checks a cluster that exists: its kind, its state and its size.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="model">The base model.</param>
    /// <returns>Why it can't be used, or null.</returns>
    public static Failure? CheckCluster(ComputeCluster cluster, RegistryModel model)
    {
        if (!Same(cluster.ComputeType, "AmlCompute"))
        {
            return new Failure("ComputeNotACluster", $"The compute {cluster.Name} is of type {cluster.ComputeType}; the job needs an AmlCompute cluster.")
            {
                Where = cluster.Id,
                NextStep = "Name another cluster in compute.name, or one that does not exist yet, to have it created.",
            };
        }

        if (Same(cluster.ProvisioningState, "Failed") || Same(cluster.ProvisioningState, "Canceled"))
        {
            Failure? cause = cluster.ProvisioningError;
            return new Failure(
                "ComputeProvisioningFailed",
                $"The cluster {cluster.Name} is in the state {cluster.ProvisioningState}.{(cause is null ? string.Empty : $" {cause.Message}")}")
            {
                Where = cluster.Id,
                NextStep = cause?.NextStep ?? "Delete the cluster or name another one in compute.name.",
                UpstreamCode = cause?.UpstreamCode ?? cause?.Code,
                RequestId = cause?.RequestId,
            };
        }

        if (Same(cluster.ProvisioningState, "Deleting"))
        {
            return new Failure("ComputeBeingDeleted", $"The cluster {cluster.Name} is being deleted.")
            {
                Where = cluster.Id,
                NextStep = "Wait until it is gone; the next run creates it anew.",
            };
        }

        return CheckFinetuneSize(cluster.VmSize, model) is { } failure
            ? failure with { Where = failure.Code == "InvalidAllowList" ? failure.Where : cluster.Id }
            : null;
    }

    /// <summary>The nodes that the training runs on at once.</summary>
    /// <param name="parameters">The merged parameters; <c>num_nodes_finetune</c> counts, 1 when it is not set.</param>
    /// <returns>Their number; <see cref="int.MaxValue"/> for anything beyond it.</returns>
    public static int Nodes(IReadOnlyList<PipelineParameter> parameters)
    {
        string text = parameters.FirstOrDefault(parameter => parameter.Name == "num_nodes_finetune")?.Value ?? "1";
        return (int)Math.Min(long.Parse(text, CultureInfo.InvariantCulture), int.MaxValue);
    }

    /// <summary>Checks that a cluster can ever grow to the nodes that a job wants; one that can't leaves the job in the queue for good.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="parameters">The merged parameters; <c>num_nodes_finetune</c> counts, 1 when it is not set.</param>
    /// <returns>Why it can't, or null.</returns>
    public static Failure? CheckNodes(ComputeCluster cluster, IReadOnlyList<PipelineParameter> parameters)
    {
        int nodes = Nodes(parameters);
        return nodes <= cluster.MaxNodeCount
            ? null
            : new Failure("ClusterTooSmall", $"The job wants {nodes} nodes, and the cluster {cluster.Name} grows to {cluster.MaxNodeCount}.")
            {
                Where = cluster.Id,
                NextStep = "Lower parameters.num_nodes_finetune, raise the cluster's node limit, or name a new cluster with compute.maxNodes high enough.",
            };
    }

    /// <summary>Looks up the GPUs of one node.</summary>
    /// <param name="size">The VM size.</param>
    /// <param name="sizes">The sizes that the region offers.</param>
    /// <param name="model">The base model, so that a failure suggests only sizes that it allows; null to suggest any.</param>
    /// <returns>The number, 1 at least; or Invalid: the size is not offered here, or has no GPU. The failure names up to ten that would do.</returns>
    public static Outcome<int> GpusPerNode(string size, IReadOnlyList<VmSize> sizes, RegistryModel? model = null)
    {
        VmSize? found = sizes.FirstOrDefault(item => Same(item.Name, size));
        if (found is { Gpus: > 0 })
        {
            return Outcome<int>.Success(found.Gpus);
        }

        IReadOnlyList<string>? allowed = model is null ? null : FinetuneSizes(model).Sizes;
        string[] usable =
        [
            .. sizes.Where(item => item.Gpus > 0 && (allowed is null ? !Contains(UnsupportedSizes, item.Name) : Contains(allowed, item.Name)))
                .Select(item => item.Name)
                .Order(StringComparer.OrdinalIgnoreCase)
                .Take(MaxSuggestions),
        ];
        return Outcome<int>.Fail(
            OutcomeKind.Invalid,
            new Failure(
                found is null ? "ComputeSizeNotOffered" : "ComputeSizeWithoutGpu",
                found is null ? $"{size} is not offered in the workspace's region." : $"{size} has no GPU; the job needs one at least.")
            {
                Where = "$.compute.size",
                NextStep = usable.Length > 0
                    ? $"Choose one of {string.Join(", ", usable)}."
                    : "The region offers no GPU size that this model can be tuned on: use a workspace in another region.",
            });
    }

    /// <summary>Checks the size that is to serve the model. The notebook only printed a line here, after hours of training.</summary>
    /// <param name="instanceType">The VM size.</param>
    /// <param name="model">The base model.</param>
    /// <param name="allowUnlisted">Whether a size that the model's list lacks is tried all the same.</param>
    /// <param name="sizes">The sizes that the region offers; empty when they are not known.</param>
    /// <returns>Why it can't be used, or null.</returns>
    public static Failure? CheckServingSize(string instanceType, RegistryModel model, bool allowUnlisted, IReadOnlyList<VmSize> sizes)
    {
        const string Path = "$.deployment.instanceType";
        (IReadOnlyList<string>? allowed, Failure? failure) = Sizes(model, InferenceTag, model.SupportedInferenceComputes);
        bool isOffered = sizes.Count == 0 || sizes.Any(item => Same(item.Name, instanceType));
        if (!isOffered)
        {
            string[] usable =
            [
                .. sizes.Where(item => allowed is null ? item.Gpus > 0 : Contains(allowed, item.Name))
                    .Select(item => item.Name)
                    .Order(StringComparer.OrdinalIgnoreCase)
                    .Take(MaxSuggestions),
            ];
            return new Failure("InstanceTypeNotOffered", $"{instanceType} is not offered in the workspace's region.")
            {
                Where = Path,
                NextStep = usable.Length > 0
                    ? $"Choose one of {string.Join(", ", usable)}."
                    : "The region offers no size that this model can be served on: use a workspace in another region.",
            };
        }

        if (allowUnlisted || (failure is null && (allowed is null || Contains(allowed, instanceType))))
        {
            return null;
        }

        return failure ?? new Failure(
            "InstanceTypeNotAllowed", $"{instanceType} is not among the sizes that {model.Name} version {model.Version} can be served on.")
        {
            Where = Path,
            NextStep = $"{Choose(allowed!)} Or set deployment.allowUnlistedInstanceType to try it all the same.",
        };
    }

    private static (IReadOnlyList<string>? Sizes, Failure? Failure) FinetuneSizes(RegistryModel model) =>
        Sizes(model, FinetuneTag, model.SupportedFinetuneComputes);

    private static (IReadOnlyList<string>? Sizes, Failure? Failure) Sizes(RegistryModel model, string tag, IReadOnlyList<string>? supported)
    {
        if (!model.Tags.TryGetValue(tag, out string? text) || string.IsNullOrWhiteSpace(text))
        {
            return (supported, null);
        }

        try
        {
            return (PythonLiteral.ParseStringList(text), null);
        }
        catch (PythonLiteralException error)
        {
            return (null, new Failure("InvalidAllowList", $"The model's tag {tag} can't be read. {error.Message}")
            {
                Where = string.Create(CultureInfo.InvariantCulture, $"{model.Id}, tag {tag}, line {error.Line}, column {error.Column}"),
                NextStep = "Choose another version of the model, or report the tag to the model's publisher.",
            });
        }
    }

    private static string Choose(IReadOnlyList<string> allowed) =>
        allowed.Count == 0 ? "The model's list is empty: choose another version of the model." : $"Choose one of {string.Join(", ", allowed.Take(MaxSuggestions))}.";

    private static bool Contains(IEnumerable<string> sizes, string size) => sizes.Any(item => Same(item, size));

    private static bool Same(string a, string b) => string.Equals(a.Trim(), b.Trim(), StringComparison.OrdinalIgnoreCase);
}
