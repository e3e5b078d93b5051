namespace FineTune.Durable.Embedded;

/// <summary>The database was written by a newer version of this program.</summary>
/// <param name="databasePath">The database file.</param>
/// <param name="found">The schema version in the file.</param>
/// <param name="supported">The newest schema version that this program knows.</param>
public sealed class UnsupportedSchemaVersionException(string databasePath, long found, long supported) : Exception(
    $"The database '{databasePath}' has schema version {found}; this program knows versions up to {supported}. "
    + "It was written by a newer version: upgrade this program, or give it another data directory.")
{
    /// <summary>The database file.</summary>
    public string DatabasePath { get; } = databasePath;

    /// <summary>The schema version in the file.</summary>
    public long Found { get; } = found;

    /// <summary>The newest schema version that this program knows.</summary>
    public long Supported { get; } = supported;
}
