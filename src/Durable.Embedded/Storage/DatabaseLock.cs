using System.Globalization;
using System.Text;

namespace FineTune.Durable.Embedded.Storage;

/// <summary>
/// One process a database: an operating system lock on a file beside it, which the system lets go of when the process dies,
/// however it dies. The file names the process.
/// </summary>
internal sealed class DatabaseLock : IDisposable
{
    // On Unix only FileShare.None is an exclusive lock, and it does not keep others from reading; on Windows it would.
    private static readonly FileShare ShareWhileHeld = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;

    private readonly FileStream _file;

    private DatabaseLock(FileStream file)
    {
        _file = file;
    }

    /// <exception cref="DataDirectoryInUseException">Another engine has it.</exception>
    public static DatabaseLock Take(string databasePath)
    {
        string lockPath = databasePath + ".lock";
        FileStream file;
        try
        {
            file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, ShareWhileHeld);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            throw new DataDirectoryInUseException(databasePath, ReadOwner(lockPath), e);
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        file.Flush(flushToDisk: false);
        return new DatabaseLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static int? ReadOwner(string lockPath)
    {
        try
        {
            using var file = new FileStream(lockPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file, Encoding.ASCII);
            return int.TryParse(reader.ReadToEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out int owner) ? owner : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
