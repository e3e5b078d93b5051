using System.Text.Json.Serialization;

namespace FineTune.Simulator.Faults;

/// <summary>What goes wrong when a <see cref="FaultRule"/> applies.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FaultKind>))]
public enum FaultKind
{
    /// <summary>The request is not carried out; the answer is <see cref="FaultRule.StatusCode"/>, with <c>Retry-After</c> if the rule says so.</summary>
    Status,

    /// <summary>The request is not carried out and never answered; the caller has to give up.</summary>
    Timeout,

    /// <summary>The request is not carried out and its connection is cut.</summary>
    Drop,

    /// <summary>The request is carried out, but its connection is cut before the answer.</summary>
    DropAfterApply,

    /// <summary><c>PUT computes/…</c>: accepted, ends as <c>Failed</c>.</summary>
    ComputeProvisioningFails,

    /// <summary><c>PUT …/deployments/…</c>: refused, the subscription has too few cores.</summary>
    QuotaExceeded,

    /// <summary><c>PUT …/deployments/…</c>: accepted, ends as <c>Failed</c>; the container's log says why.</summary>
    DeploymentFails,

    /// <summary><c>PUT jobs/…</c>: the step <see cref="FaultRule.Step"/> fails half way.</summary>
    JobStepFails,

    /// <summary><c>PUT jobs/…</c>: the node is taken away from the step <see cref="FaultRule.Step"/> half way.</summary>
    Preemption,

    /// <summary><c>PUT</c> of a compute, endpoint or deployment: stays <c>Creating</c> for ever.</summary>
    StuckCreating,

    /// <summary><c>DELETE</c> of a compute, endpoint or deployment: stays <c>Deleting</c> for ever; a later <c>DELETE</c> starts anew.</summary>
    StuckDeleting,
}
