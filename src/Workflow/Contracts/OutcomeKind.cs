namespace FineTune.Workflow.Contracts;

/// <summary>How a call to the outside ended. Each kind has its own way on: see <see cref="Outcome{T}"/>.</summary>
public enum OutcomeKind
{
    /// <summary>Done; there is a value.</summary>
    Succeeded,

    /// <summary>Likely to work later without anybody doing anything: throttling, time-outs, 5xx, a resource still updating.</summary>
    Transient,

    /// <summary>A quota is used up: stays so until somebody raises it or frees some.</summary>
    Quota,

    /// <summary>Azure has no machine of this kind free now; trying later can help.</summary>
    Capacity,

    /// <summary>The request itself is wrong; repeating it is useless.</summary>
    Invalid,

    /// <summary>Something that must exist does not.</summary>
    NotFound,

    /// <summary>The state of the resource contradicts the request.</summary>
    Conflict,

    /// <summary>The identity is not known or may not do this.</summary>
    Denied,

    /// <summary>The work was done and went wrong: a failed job, a failed deployment.</summary>
    Failed,
}
