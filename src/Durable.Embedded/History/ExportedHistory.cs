namespace FineTune.Durable.Embedded.History;

/// <summary>The current execution of an instance, as a file keeps it.</summary>
/// <param name="FormatVersion">The version of this layout; <see cref="CurrentFormatVersion"/>.</param>
/// <param name="InstanceId">Whose it is.</param>
/// <param name="Name">Its orchestration.</param>
/// <param name="Execution">1, and one more for each continue-as-new before.</param>
/// <param name="Events">All of it, in order.</param>
internal sealed record ExportedHistory(
    int FormatVersion, string InstanceId, string Name, int Execution, IReadOnlyList<HistoryEvent> Events)
{
    public const int CurrentFormatVersion = 1;
}
