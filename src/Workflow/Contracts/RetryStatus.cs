using System.Globalization;

namespace FineTune.Workflow.Contracts;

/// <summary>A call to the outside that has failed and is tried again.</summary>
/// <param name="Activity">The activity that makes it, such as <c>PlanRun</c>.</param>
/// <param name="Attempts">How often it has failed.</param>
/// <param name="Since">When the first attempt began. UTC.</param>
/// <param name="NextAttemptAt">When it is tried again. UTC.</param>
/// <param name="GivenUpAt">About when the last attempt is due, should all fail. UTC. Null: it is never given up.</param>
/// <param name="LastError">Why the last attempt failed.</param>
public sealed record RetryStatus(
    string Activity, int Attempts, DateTimeOffset Since, DateTimeOffset NextAttemptAt, DateTimeOffset? GivenUpAt, Failure LastError)
{
    /// <summary>All of it in a sentence or two, for people.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{Activity} has failed {(Attempts == 1 ? "once" : $"{Attempts} times")} since {Since.UtcDateTime:u} and is tried again at {NextAttemptAt.UtcDateTime:u}, ")
        + (GivenUpAt is { } end ? string.Create(CultureInfo.InvariantCulture, $"until about {end.UtcDateTime:u}") : "until it succeeds")
        + $". {LastError}";

    /// <inheritdoc/>
    public override string ToString() => Summary;
}
