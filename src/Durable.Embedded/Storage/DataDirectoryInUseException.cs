namespace FineTune.Durable.Embedded;

/// <summary>Another engine has the database open.</summary>
/// <param name="databasePath">The database file.</param>
/// <param name="processId">The process that has it, or null when it could not be found out.</param>
/// <param name="innerException">What the operating system said.</param>
public sealed class DataDirectoryInUseException(string databasePath, int? processId, Exception? innerException) : Exception(
    $"The data directory '{Path.GetDirectoryName(databasePath)}' is in use by process {processId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "(unknown)"}. "
    + "Stop that process, or give this one another data directory.",
    innerException)
{
    /// <summary>The database file.</summary>
    public string DatabasePath { get; } = databasePath;

    /// <summary>The process that has it open, or null when it could not be found out.</summary>
    public int? ProcessId { get; } = processId;
}
