namespace FineTune.Durable.Embedded.Storage;

/// <summary>What a committed transaction means for the engine.</summary>
internal sealed class CommitEffects
{
    /// <summary>Instances with something new in their inbox.</summary>
    public List<long> Wake { get; } = [];

    /// <summary>Ids of instances that ended.</summary>
    public List<string> Ended { get; } = [];

    /// <summary>Activity calls that the transaction leased; they are to be run now.</summary>
    public List<ActivityWorkItem> Leased { get; } = [];

    /// <summary>Whether timers came or went.</summary>
    public bool TimersChanged { get; set; }

    /// <summary>When the next timer is due, if <see cref="TimersChanged"/>; null when there is none.</summary>
    public DateTimeOffset? NextTimer { get; set; }

    /// <summary>Whether there may be activity calls that nobody has leased.</summary>
    public bool ActivitiesWaiting { get; set; }

    /// <summary>Adds what one operation of a group did.</summary>
    public void Add(CommitEffects other)
    {
        Wake.AddRange(other.Wake);
        Ended.AddRange(other.Ended);
        TimersChanged |= other.TimersChanged;
        ActivitiesWaiting |= other.ActivitiesWaiting;
    }
}
