using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Computes;

/// <summary>How many nodes and cores are in use: by the running steps of jobs, and by deployments with the fifth that the service reserves for upgrades.</summary>
internal static class CoreUsage
{
    /// <summary>Nodes that a cluster has at work.</summary>
    public static int Nodes(ResourceStore store, string cluster, DateTimeOffset now)
    {
        int nodes = 0;
        foreach (JobRecord job in store.All<JobRecord>())
        {
            if (job.IsGone(now))
            {
                continue;
            }

            foreach (RunView step in PipelineTimeline.At(job, now).Steps)
            {
                if (step.Status is RunStatus.Preparing or RunStatus.Running or RunStatus.Finalizing
                    && step.Compute!.Equals(cluster, StringComparison.OrdinalIgnoreCase))
                {
                    nodes += step.Name == PipelineSteps.FineTune ? PipelineSteps.Nodes(job) : 1;
                }
            }
        }

        return nodes;
    }

    /// <summary>Cores of a family in use.</summary>
    public static int Cores(ResourceStore store, string family, DateTimeOffset now)
    {
        int cores = 0;
        foreach (ComputeRecord compute in store.All<ComputeRecord>())
        {
            if (VmSizeCatalog.Find(compute.VmSize) is { } size && size.Family == family && !compute.LowPriority && !compute.Provisioning.IsGone(now))
            {
                cores += size.Cores * Math.Max(compute.MinNodes, Nodes(store, compute.Name, now));
            }
        }

        foreach (DeploymentRecord deployment in store.All<DeploymentRecord>())
        {
            if (VmSizeCatalog.Find(deployment.InstanceType) is { } size && size.Family == family
                && !deployment.Provisioning.IsGone(now) && deployment.Provisioning.State(now) != "Failed")
            {
                cores += CoresOfDeployment(size, deployment.Instances);
            }
        }

        return cores;
    }

    /// <summary>A deployment takes a fifth more than its instances, rounded up to whole instances.</summary>
    public static int CoresOfDeployment(VmSize size, int instances) => size.Cores * (int)Math.Ceiling(instances * 1.2);
}
