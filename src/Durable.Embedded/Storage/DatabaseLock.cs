using System.Globalization;

namespace FineTune.Durable.Embedded.Storage;

/// <summary>
/// One process a database: an operating system lock on a file beside it, which the system lets go of when the process dies,
/// however it dies. Who has the lock stands in a second file, because a locked one cannot be read.
/// </summary>
internal sealed class DatabaseLock : IDisposable
{
    private readonly FileStream _file;

    private DatabaseLock(FileStream file)
    {
        _file = file;
    }

    /// <exception cref="DataDirectoryInUseException">Another engine has it.</exception>
    public static DatabaseLock Take(string databasePath)
    {
        FileStream file;
        try
        {
            file = new FileStream(databasePath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            throw new DataDirectoryInUseException(databasePath, ReadOwner(databasePath), e);
        }

        File.WriteAllText(OwnerPath(databasePath), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new DatabaseLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static string OwnerPath(string databasePath) => databasePath + ".pid";

    private static int? ReadOwner(string databasePath)
    {
        try
        {
            return int.TryParse(File.ReadAllText(OwnerPath(databasePath)), NumberStyles.None, CultureInfo.InvariantCulture, out int owner) ? owner : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
