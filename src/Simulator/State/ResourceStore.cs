using System.Text.Json;

namespace FineTune.Simulator.State;

/// <summary>
/// The workspace's documents: in memory, and in an append-only journal on disk. One line is one change of any number of documents,
/// so a change is there entirely or not at all; a line cut off by the death of the process is dropped when the journal is opened again.
/// Everything that reads or writes it holds <see cref="Gate"/>.
/// </summary>
internal sealed class ResourceStore : IDisposable
{
    private const int CompactionFloor = 256 * 1024;

    private readonly Dictionary<string, StoredRecord> _records = new(StringComparer.OrdinalIgnoreCase);
    private readonly FileStream _lock;
    private readonly FileStream _journal;
    private readonly bool _flushToDisk;

    public ResourceStore(string directory, bool flushToDisk)
    {
        _flushToDisk = flushToDisk;
        Directory.CreateDirectory(directory);

        // Held as long as the process lives, and given back by the system however the process ends.
        try
        {
            _lock = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.GetType() == typeof(IOException))
        {
            throw new IOException($"The simulated workspace in {directory} is open in another process. Stop that one, or take another folder with --data.", e);
        }

        string path = Path.Combine(directory, "journal.jsonl");
        long intact = File.Exists(path) ? Load(path) : 0;
        _journal = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _journal.SetLength(intact);
        _journal.Position = intact;
        if (intact > CompactionFloor)
        {
            _journal.Dispose();
            _journal = Compact(path);
        }
    }

    /// <summary>Called, under the gate, when a job's document was written.</summary>
    public Action? JobSaved { get; set; }

    /// <summary>Held by whoever reads or writes the store.</summary>
    public Lock Gate { get; } = new();

    public T? Find<T>(string key)
        where T : StoredRecord => _records.GetValueOrDefault(key) as T;

    public IEnumerable<T> All<T>()
        where T : StoredRecord => _records.Values.OfType<T>();

    /// <summary>Writes the documents, all or none, and only then shows them.</summary>
    public void Save(params ReadOnlySpan<StoredRecord> records)
    {
        var entries = new JournalEntry[records.Length];
        for (int i = 0; i < records.Length; i++)
        {
            entries[i] = new JournalEntry(records[i].Key, records[i]);
        }

        Append(entries);
    }

    /// <summary>Removes documents, all or none.</summary>
    public void Remove(IEnumerable<string> keys) => Append([.. keys.Select(key => new JournalEntry(key, null))]);

    public void Dispose()
    {
        _journal.Dispose();
        _lock.Dispose();
    }

    private void Append(JournalEntry[] entries)
    {
        if (entries.Length == 0)
        {
            return;
        }

        long before = _journal.Position;
        try
        {
            WriteLine(_journal, entries);
            _journal.Flush(_flushToDisk);
        }
        catch (IOException)
        {
            _journal.SetLength(before);
            _journal.Position = before;
            throw;
        }

        Apply(entries);
        if (JobSaved is not null && Array.Exists(entries, entry => entry.Value is JobRecord))
        {
            JobSaved();
        }
    }

    private static void WriteLine(FileStream stream, JournalEntry[] entries)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(entries, StateJsonContext.Default.JournalEntryArray);
        byte[] line = new byte[json.Length + 1];
        json.CopyTo(line, 0);
        line[^1] = (byte)'\n';
        stream.Write(line);
    }

    private void Apply(JournalEntry[] entries)
    {
        foreach (JournalEntry entry in entries)
        {
            if (entry.Value is null)
            {
                _records.Remove(entry.Key);
            }
            else
            {
                _records[entry.Key] = entry.Value;
            }
        }
    }

    /// <summary>Reads the journal and returns the length of its intact part.</summary>
    private long Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        long intact = 0;
        using MemoryStream line = new();
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, read);
            int end;
            while ((end = rest.IndexOf((byte)'\n')) >= 0)
            {
                line.Write(rest[..end]);
                Apply(JsonSerializer.Deserialize(line.GetBuffer().AsSpan(0, (int)line.Length), StateJsonContext.Default.JournalEntryArray)
                    ?? throw new InvalidDataException($"{path}: the line at byte {intact} is not a change."));
                intact += line.Length + 1;
                line.SetLength(0);
                rest = rest[(end + 1)..];
            }

            line.Write(rest);
        }

        return intact;
    }

    private FileStream Compact(string path)
    {
        string temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            foreach (StoredRecord record in _records.Values)
            {
                WriteLine(stream, [new JournalEntry(record.Key, record)]);
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        var journal = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
        journal.Position = journal.Length;
        return journal;
    }
}
