using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>The service's words for where a resource is, and what follows from them.</summary>
internal static class ProvisioningStates
{
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Canceled = "Canceled";

    /// <summary>Passes a resource that is ready; throws Transient for one that is not yet, Failed for one that never will be.</summary>
    public static void RequireSucceeded(string what, string state, Failure? reason = null)
    {
        if (string.Equals(state, Succeeded, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        bool final = string.Equals(state, Failed, StringComparison.OrdinalIgnoreCase) || string.Equals(state, Canceled, StringComparison.OrdinalIgnoreCase);
        throw new UpstreamException(
            final ? OutcomeKind.Failed : OutcomeKind.Transient,
            reason ?? new Failure(final ? "ProvisioningFailed" : "NotReady", $"{what} is in provisioning state '{state}'.")
            {
                NextStep = final ? "Delete it in Azure ML studio or use another name, then start the run again." : null,
            });
    }
}
