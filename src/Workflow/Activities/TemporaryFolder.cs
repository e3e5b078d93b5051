namespace FineTune.Workflow.Activities;

/// <summary>
/// A folder for the temporary files of one preparation, beside a lock that the system releases when this process dies, however it dies. What a
/// killed one left there (a copy of a Parquet file may fill a disk) is removed by the next.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "finetune-dataset-";
    private const string LockSuffix = ".lock";
    private readonly FileStream _lock;

    private TemporaryFolder(string fullName)
    {
        FullName = fullName;
        _lock = Lock(fullName + LockSuffix, FileMode.CreateNew);
    }

    /// <summary>Its path. It is made by whoever writes into it.</summary>
    public string FullName { get; }

    /// <summary>Removes what killed processes left, and names a new folder.</summary>
    /// <param name="parent">An existing folder.</param>
    /// <returns>The folder; dispose it to remove it.</returns>
    public static TemporaryFolder In(string parent)
    {
        foreach (string left in Directory.EnumerateFiles(parent, $"{Prefix}*{LockSuffix}"))
        {
            try
            {
                using FileStream abandoned = Lock(left, FileMode.Open);
                Remove(left[..^LockSuffix.Length]);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // In use, somebody else's, or gone meanwhile.
            }
        }

        return new TemporaryFolder(Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Remove(FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An open file, on Windows: what came of the preparation counts.
        }

        _lock.Dispose();
    }

    private static FileStream Lock(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
