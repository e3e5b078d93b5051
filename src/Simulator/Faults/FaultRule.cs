namespace FineTune.Simulator.Faults;

/// <summary>Which requests meet which fault.</summary>
public sealed record FaultRule
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>HTTP method; none matches every one.</summary>
    public string? Method { get; init; }

    /// <summary>Regular expression that occurs somewhere in the request's path, without regard to case; the query is not part of the path.</summary>
    public string Path { get; init; } = "";

    /// <summary>The first matching request that meets the fault, counted from 1.</summary>
    public int Nth { get; init; } = 1;

    /// <summary>How many matching requests in a row meet it; 0 is all from <see cref="Nth"/> on.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Status of <see cref="FaultKind.Status"/>, 400 to 599.</summary>
    public int StatusCode { get; init; } = 500;

    /// <summary>Code in the body of <see cref="FaultKind.Status"/>; by default one that goes with the status.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Seconds of <c>Retry-After</c> with <see cref="FaultKind.Status"/>; none leaves the header out.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Step of <see cref="FaultKind.JobStepFails"/> and <see cref="FaultKind.Preemption"/>.</summary>
    public string Step { get; init; } = "chat_completion_finetune";

    /// <summary>What the error says; by default what the service would say.</summary>
    public string? Message { get; init; }
}
