using System.Text.Json;
using FineTune.Datasets;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Offline;

/// <summary>
/// The folder of a prepared dataset, written beside its place and moved there when it is complete: a process that is killed leaves it as it was.
/// Next to <c>prepared</c> that is <c>.prepared.preparing</c>, which the next prepare removes.
/// </summary>
internal sealed class PreparedFolder : IDisposable
{
    public const string Manifest = "manifest.json";
    public const string Report = "report.json";
    public const string Page = "report.html";
    private const string Changes = "changes.csv";
    private const string LockName = "lock";

    private readonly string _work;
    private readonly FileStream _lock;

    private PreparedFolder(string path, string work, FileStream workLock)
    {
        FullName = path;
        _work = work;
        _lock = workLock;
    }

    /// <summary>Where it will be.</summary>
    public string FullName { get; }

    /// <summary>Where it is written.</summary>
    public string Draft => Path.Combine(_work, "new");

    /// <summary>For temporary files, on the same disk; not created.</summary>
    public string Temporary => Path.Combine(_work, "temporary");

    private string Old => Path.Combine(_work, "old");

    /// <summary>Begins a folder.</summary>
    /// <param name="name">Where it will be.</param>
    /// <param name="others">Files that must not be replaced with it: the dataset's, and those of reports.</param>
    /// <exception cref="UpstreamException">Invalid: the place can't be used.</exception>
    public static PreparedFolder Begin(string name, IEnumerable<string> others)
    {
        string path = RealPath.Of(name);
        string work = CheckPlace(name, path, others);
        try
        {
            _ = Directory.CreateDirectory(work);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw OutputErrors.Unsuitable(name, error.Message);
        }

        var folder = new PreparedFolder(path, work, Lock(name, work));
        try
        {
            folder.CleanUp();
            CheckContent(name, path);
            _ = Directory.CreateDirectory(folder.Draft);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Puts the complete folder in its place.</summary>
    /// <exception cref="UpstreamException">Invalid: the place has been taken meanwhile, or can't be moved to.</exception>
    public void Complete()
    {
        CheckContent(FullName, FullName);
        try
        {
            if (Directory.Exists(FullName))
            {
                Directory.Move(FullName, Old);
            }

            Directory.Move(Draft, FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Restore();
            throw OutputErrors.Unsuitable(FullName, $"it can't be moved there ({error.Message}).");
        }
    }

    public void Dispose()
    {
        try
        {
            CleanUp();
            _lock.Dispose();
            Directory.Delete(_work);
        }
        catch (IOException)
        {
            // Another prepare is in it already, or something can't be removed now; the next one removes it.
            _lock.Dispose();
        }
    }

    private static string CheckPlace(string name, string path, IEnumerable<string> others)
    {
        if (File.Exists(path))
        {
            throw OutputErrors.Unsuitable(name, "it is a file.");
        }

        if (RealPath.IsIn(RealPath.Of(Environment.CurrentDirectory), path))
        {
            throw OutputErrors.Unsuitable(name, "it is replaced as a whole, and the current folder is in it.");
        }

        if (others.FirstOrDefault(other => RealPath.IsIn(RealPath.Of(other), path)) is { } other)
        {
            throw OutputErrors.Unsuitable(name, $"it is replaced as a whole, and '{other}' is in it.");
        }

        return Path.GetDirectoryName(path) is { } parent
            ? Path.Combine(parent, $".{Path.GetFileName(path)}.preparing")
            : throw OutputErrors.Unsuitable(name, "it is the root of a disk.");
    }

    private static FileStream Lock(string name, string work)
    {
        try
        {
            return new FileStream(Path.Combine(work, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw OutputErrors.InUse(name, error.Message);
        }
    }

    /// <summary>Only what is empty, or holds an earlier prepare's files and no others, may be replaced.</summary>
    private static void CheckContent(string name, string path)
    {
        if (!Directory.Exists(path))
        {
            return;
        }

        HashSet<string> ours = FilesOf(Path.Combine(path, Manifest));
        string[] foreign = [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Where(entry => !ours.Contains(entry)).Order(StringComparer.Ordinal).Take(4)];
        if (foreign.Length > 0)
        {
            throw OutputErrors.NotEmpty(name, string.Join(", ", foreign.Take(3)) + (foreign.Length > 3 ? ", …" : ""));
        }
    }

    private static HashSet<string> FilesOf(string manifest)
    {
        try
        {
            using FileStream json = File.OpenRead(manifest);
            return JsonSerializer.Deserialize<DatasetManifest>(json, DurableJson.Options) is { } found
                ? [Manifest, Report, Page, Changes, .. found.Splits.SelectMany(split => new[] { split.FileName, split.RowMap ?? split.FileName })]
                : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            // No manifest, or somebody else's.
            return [];
        }
    }

    /// <summary>Removes what a killed prepare left, but puts back the folder that it was about to replace.</summary>
    private void CleanUp()
    {
        Restore();
        foreach (string left in (ReadOnlySpan<string>)[Draft, Old, Temporary])
        {
            if (Directory.Exists(left))
            {
                Directory.Delete(left, recursive: true);
            }
        }
    }

    private void Restore()
    {
        if (Directory.Exists(Old) && !Directory.Exists(FullName))
        {
            Directory.Move(Old, FullName);
        }
    }
}
