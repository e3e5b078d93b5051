namespace FineTune.Api;

/// <summary>Names of the host's authorization policies. All null, the default, for hosts that only this machine can reach.</summary>
public sealed record ApiPolicies
{
    /// <summary>Who may see runs and their records.</summary>
    public string? Read { get; init; }

    /// <summary>Who may start runs and cancel them.</summary>
    public string? Submit { get; init; }

    /// <summary>Who may approve and reject models.</summary>
    public string? Approve { get; init; }

    /// <summary>Who may change how long an endpoint serves.</summary>
    public string? Administer { get; init; }
}
