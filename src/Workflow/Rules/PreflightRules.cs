using System.Globalization;
using System.IO.Enumeration;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>
/// Whether the subscription, the workspace and this identity let a run come to its end, found out before it costs anything.
/// Only what can't work is a problem; what may pass by itself is a warning.
/// </summary>
public static class PreflightRules
{
    /// <summary>Online endpoints that a subscription may have in a region ("Manage and increase quotas", Microsoft Learn).</summary>
    public const int MostEndpoints = 100;

    private const string Provider = "Microsoft.MachineLearningServices/workspaces/";

    // What a run does after it has been planned; reads are found out by reading.
    private static readonly string[] NeededActions =
    [
        Provider + "jobs/write",
        Provider + "models/versions/write",
        Provider + "onlineEndpoints/write",
        Provider + "onlineEndpoints/delete",
        Provider + "onlineEndpoints/listKeys/action",
        Provider + "onlineEndpoints/deployments/write",
    ];

    /// <summary>Instances whose cores a deployment takes: a fifth more, in whole machines, which Azure ML keeps for upgrades.</summary>
    /// <param name="instances">Instances asked for.</param>
    /// <returns>Instances counted.</returns>
    public static int CountedInstances(int instances) => (instances * 6 + 4) / 5;

    /// <summary>Checks the cores that the training needs. Cores that others use now only let the job wait in its queue.</summary>
    /// <param name="cluster">The cluster that trains, or that is to be created.</param>
    /// <param name="nodes">Nodes of the job.</param>
    /// <param name="allowLowPriority">Whether the run may fall back to low-priority nodes, which have a quota of their own.</param>
    /// <param name="sizes">The sizes that the region offers.</param>
    /// <param name="quotas">The cores that may be used; empty when that is not known.</param>
    /// <returns>What can't work, and what a person should know.</returns>
    public static (Failure? Problem, string? Warning) CheckTrainingCores(
        ComputeCluster cluster, int nodes, bool allowLowPriority, IReadOnlyList<VmSize> sizes, IReadOnlyList<CoreQuota> quotas)
    {
        if (Find(sizes, cluster.VmSize) is not { } size || !Same(cluster.VmPriority, "Dedicated"))
        {
            return default;
        }

        long need = (long)nodes * size.VCpus;
        string sum = string.Create(CultureInfo.InvariantCulture, $"The training needs {need} cores ({nodes} × {size.Name} of {size.VCpus})");
        foreach (CoreQuota quota in Of(size, quotas))
        {
            if (quota.Limit < need)
            {
                Failure problem = Lack("TrainingQuotaTooSmall", sum, quota, "$.compute", "Or take a smaller size or fewer nodes, or set compute.allowLowPriority.");
                return allowLowPriority ? (null, $"{problem.Message} A low-priority cluster will be used, as the request allows.") : (problem, null);
            }

            if (quota.Limit - quota.Used < need)
            {
                return (null, $"{sum}, and {Free(quota)}: unless they are the cluster's own, the job waits until enough are free.");
            }
        }

        return default;
    }

    /// <summary>Checks the cores that the deployment needs. Cores that are in use are taken to stay so, unless the cluster that trains may be using them.</summary>
    /// <param name="deployment">The deployment.</param>
    /// <param name="existing">The cluster that trains, if it exists.</param>
    /// <param name="sizes">The sizes that the region offers.</param>
    /// <param name="quotas">The cores that may be used; empty when that is not known.</param>
    /// <returns>What can't work, and what a person should know.</returns>
    public static (Failure? Problem, string? Warning) CheckServingCores(
        DeploymentRequest deployment, ComputeCluster? existing, IReadOnlyList<VmSize> sizes, IReadOnlyList<CoreQuota> quotas)
    {
        if (Find(sizes, deployment.InstanceType) is not { } size)
        {
            return default;
        }

        int counted = CountedInstances(deployment.InstanceCount);
        long need = (long)counted * size.VCpus;
        string sum = string.Create(
            CultureInfo.InvariantCulture, $"The deployment needs {need} cores ({deployment.InstanceCount} × {size.Name} of {size.VCpus}, counted as {counted}: Azure ML keeps 20 % for upgrades)");
        bool mayBeOurs = existing is not null && Find(sizes, existing.VmSize) is { } training && SameFamily(training.Family, size.Family);
        const string path = "$.deployment";
        const string instead = "Or take a smaller instance type or fewer instances.";
        foreach (CoreQuota quota in Of(size, quotas))
        {
            if (quota.Limit < need)
            {
                return (Lack("ServingQuotaTooSmall", sum, quota, path, instead), null);
            }

            if (quota.Limit - quota.Used < need)
            {
                return mayBeOurs
                    ? (null, $"{sum}, and {Free(quota)}: unless the cluster frees its own after the training, the deployment will be refused.")
                    : (Lack("ServingQuotaInUse", sum, quota, path, "Or delete endpoints that nobody needs. " + instead), null);
            }
        }

        return default;
    }

    /// <summary>Checks that one more endpoint is allowed.</summary>
    /// <param name="endpoints">The workspace's endpoints. Those of other workspaces count as well, and can't be seen.</param>
    /// <returns>Why none is, or null.</returns>
    public static Failure? CheckEndpoints(int endpoints) => endpoints < MostEndpoints
        ? null
        : new Failure("EndpointLimitReached", string.Create(CultureInfo.InvariantCulture, $"The workspace has {endpoints} online endpoints; a subscription may have {MostEndpoints} in a region."))
        {
            Where = "onlineEndpoints",
            NextStep = "Delete endpoints that nobody needs, or ask for a higher limit.",
        };

    /// <summary>Checks that this identity may do what the run will.</summary>
    /// <param name="permissions">One entry a role; null when the service does not tell.</param>
    /// <param name="createsCluster">Whether the cluster is to be created.</param>
    /// <returns>What it may not, all in one; or null.</returns>
    public static Failure? CheckPermissions(IReadOnlyList<PermissionSet>? permissions, bool createsCluster)
    {
        if (permissions is null)
        {
            return null;
        }

        string[] missing =
        [
            .. NeededActions.Concat(createsCluster ? [Provider + "computes/write"] : [])
                .Where(action => !permissions.Any(role => Covers(role.Actions, action) && !Covers(role.NotActions, action))),
        ];
        return missing.Length == 0 ? null : new Failure("PermissionMissing", $"This identity may not {string.Join(", ", missing)}.")
        {
            Where = "workspace",
            NextStep = createsCluster && missing is [var only] && only.EndsWith("/computes/write", StringComparison.Ordinal)
                ? "Give it the role 'AzureML Compute Operator' on the workspace, or name a cluster that exists in compute.name."
                : "Give it the role 'AzureML Data Scientist' on the workspace. New roles take some minutes.",
        };
    }

    private static bool Covers(IReadOnlyList<string> patterns, string action) => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, action));

    private static VmSize? Find(IReadOnlyList<VmSize> sizes, string name) => sizes.FirstOrDefault(size => Same(size.Name, name));

    // First the family's own lines: they are the ones that a person can have raised.
    private static IEnumerable<CoreQuota> Of(VmSize size, IReadOnlyList<CoreQuota> quotas) =>
        quotas.Where(quota => quota.Family is null || SameFamily(quota.Family, size.Family)).OrderBy(quota => quota.Family is null);

    private static Failure Lack(string code, string sum, CoreQuota quota, string where, string instead) => new(code, $"{sum}, and {Free(quota)}.")
    {
        Where = where,
        NextStep = $"Ask for more quota (Azure portal, Quotas, Machine Learning). {instead}",
    };

    private static string Free(CoreQuota quota) => string.Create(
        CultureInfo.InvariantCulture, $"{quota.Used} of the {quota.Limit} cores of {quota.Family ?? "all families together"} are in use");

    // "standardNCADSA100v4Family" in one list is "Standard NCADSA100v4 Family Cluster Dedicated vCPUs" in the other.
    private static bool SameFamily(string left, string right) => left.Length > 0 && Same(Bare(left), Bare(right));

    private static string Bare(string family)
    {
        string letters = string.Concat(family.Where(char.IsLetterOrDigit));
        const string suffix = "ClusterDedicatedvCPUs";
        return letters.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? letters[..^suffix.Length] : letters;
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
