namespace FineTune.Workflow.Contracts;

/// <summary>Tags on the endpoints that we create: what the sweeper goes by when every orchestration is lost.</summary>
public static class EndpointTags
{
    /// <summary>The run that owns the endpoint.</summary>
    public const string Run = "finetune-run";

    /// <summary>When it may be deleted: ISO 8601, UTC; or <see cref="Never"/>.</summary>
    public const string ExpiresAt = "finetune-expires-at";

    /// <summary>The value of <see cref="ExpiresAt"/> on an endpoint that a person decided to keep.</summary>
    public const string Never = "never";
}
