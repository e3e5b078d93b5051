using System.Diagnostics;
using System.Globalization;

namespace FineTune.LocalHost.Azurite;

/// <summary>
/// Who keeps a data folder open. Two Azurites on one folder would overwrite each other's tables, and an Azurite whose host was killed
/// needs a moment to save: without this, a host that is restarted at once would take that one for a service that stays.
/// </summary>
internal sealed class AzuriteLock
{
    private static readonly TimeSpan OrphanTimeout = TimeSpan.FromSeconds(15);

    private AzuriteLock(string folder)
    {
        Folder = folder;
        Path = System.IO.Path.Combine(folder, "azurite.lock");
    }

    /// <summary>The data folder.</summary>
    public string Folder { get; }

    /// <summary>The file that the child writes (its process id and its host's) and removes when it ends.</summary>
    public string Path { get; }

    /// <summary>The lock of a folder, which is made when missing.</summary>
    /// <param name="folder">The data folder.</param>
    /// <returns>Its lock.</returns>
    public static AzuriteLock Of(string folder) => new(Directory.CreateDirectory(folder).FullName);

    /// <summary>Waits for an Azurite that has lost its host.</summary>
    /// <param name="progress">Told of the wait.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>True when an Azurite whose host lives keeps the folder open.</returns>
    /// <exception cref="AzuriteException">The orphan does not end.</exception>
    public async Task<bool> WaitForOrphanAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        if (Read() is not (int child, int host) || Find(child) is not { } process)
        {
            return false;
        }

        using (process)
        {
            // The number may have been given to another program since; and where nobody collects the dead, a killed process keeps its number, but no memory.
            if (!process.ProcessName.StartsWith("node", StringComparison.OrdinalIgnoreCase) || process.WorkingSet64 == 0)
            {
                return false;
            }

            using (Process? owner = Find(host))
            {
                if (owner is not null)
                {
                    return true;
                }
            }

            progress?.Report("Waiting for the storage emulator of an earlier host to save ...");
            try
            {
                await process.WaitForExitAsync(cancellationToken).WaitAsync(OrphanTimeout, cancellationToken);
                return false;
            }
            catch (TimeoutException exception)
            {
                throw new AzuriteException(
                    string.Create(CultureInfo.InvariantCulture, $"An Azurite without a host (process {child}) keeps the folder {Folder} open. End that process."),
                    exception);
            }
        }
    }

    private (int Child, int Host)? Read()
    {
        try
        {
            string[] ids = File.ReadAllText(Path).Split(' ');
            return ids.Length == 2
                && int.TryParse(ids[0], NumberStyles.None, CultureInfo.InvariantCulture, out int child)
                && int.TryParse(ids[1], NumberStyles.None, CultureInfo.InvariantCulture, out int host)
                ? (child, host)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static Process? Find(int id)
    {
        try
        {
            return Process.GetProcessById(id);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
