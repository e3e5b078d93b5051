using FineTune.Datasets.Text;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Datasets;

/// <summary>Datasets on this machine's disk, by the same names as in blob storage.</summary>
public static class LocalDataset
{
    private static readonly EnumerationOptions Visible = new() { AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };

    /// <summary>
    /// Finds a dataset's files: those given, and of folders all dataset files below them, in ordinal order of their paths. Hidden files and folders, and what
    /// Hugging Face's tools write beside datasets, are none.
    /// </summary>
    /// <param name="paths">Files and folders. Each may be a link: whoever names it means what it leads to.</param>
    /// <returns>The files, each once, by full paths with forward slashes.</returns>
    /// <remarks>
    /// In a folder, a link counts only when what it leads to lies in that folder, or in the <c>blobs</c> of the Hugging Face cache that the folder belongs to:
    /// there all files of a snapshot are such links. Links to what is found anyway, and to folders, are read where they lead, not twice.
    /// </remarks>
    /// <exception cref="UpstreamException">
    /// NotFound: there is no such file or folder, or no dataset file in a folder. Invalid: a folder has a link that leads elsewhere or nowhere, or is a cache with
    /// several snapshots.
    /// </exception>
    public static IReadOnlyList<DatasetFile> Find(IEnumerable<string> paths)
    {
        var files = new List<FileInfo>();
        foreach (string path in paths)
        {
            if (File.Exists(path))
            {
                files.Add(new FileInfo(Path.GetFullPath(path)));
                continue;
            }

            List<FileInfo> found = Directory.Exists(path) ? InFolder(path) : throw DatasetErrors.NotFound(path, "There is no such file or folder.");
            files.AddRange(found.Count > 0
                ? found
                : throw DatasetErrors.NotFound(path, $"There is no dataset file ({string.Join(", ", DroppedBlobs.DatasetExtensions)}) in the folder."));
        }

        return [.. files.DistinctBy(file => file.FullName, StringComparer.Ordinal).Select(file => new DatasetFile(Name(file), Length(file)))];
    }

    /// <summary>Opens a file for reading from its start.</summary>
    /// <param name="file">One of those found.</param>
    /// <param name="cancellationToken">Stops the waiting for whoever writes to a pipe, which may be long.</param>
    /// <returns>The content.</returns>
    /// <exception cref="UpstreamException">Invalid: it can't be opened.</exception>
    public static async Task<Stream> OpenAsync(DatasetFile file, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            FileStream stream = await Task.Run(
                () => new FileStream(file.Name, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan), CancellationToken.None)
                .WaitAsync(cancellationToken);
            if (stream.CanSeek)
            {
                return stream;
            }

            return new PipeStream(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamException(OutcomeKind.Invalid, new Failure("DatasetFileUnreadable", $"'{file.Name}' can't be opened: {exception.Message}")
            {
                Where = file.Name,
                NextStep = "Check that the file is there and that you may read it.",
            });
        }
    }

    private static List<FileInfo> InFolder(string path)
    {
        string root = Real(path);
        string? cache = CacheOf(root);
        var files = new List<FileInfo>();
        var links = new List<(FileInfo Link, string Target)>();
        var folders = new Stack<DirectoryInfo>([new DirectoryInfo(Path.GetFullPath(path))]);
        while (folders.TryPop(out DirectoryInfo? folder))
        {
            foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos("*", Visible).Where(entry => !entry.Name.StartsWith('.')))
            {
                bool isFolder = entry.Attributes.HasFlag(FileAttributes.Directory);
                if (!isFolder && !DroppedBlobs.IsDataset(entry.Name))
                {
                    continue;
                }

                if (entry.LinkTarget is { } link)
                {
                    string target = Follow(entry, link, root, cache);
                    if (File.Exists(target))
                    {
                        links.Add((new FileInfo(entry.FullName), target));
                    }
                }
                else if (entry is DirectoryInfo below)
                {
                    folders.Push(below);
                }
                else
                {
                    files.Add((FileInfo)entry);
                }
            }
        }

        HashSet<string> found = links.Count == 0 ? [] : [.. files.Select(file => Real(file.FullName))];
        files.AddRange(links.Where(link => !found.Contains(link.Target)).Select(link => link.Link));
        files.Sort((left, right) => string.CompareOrdinal(left.FullName, right.FullName));
        return cache is null ? files : OfOneSnapshot(path, cache, files);
    }

    /// <summary>Where a link in a folder leads, if it may lead there.</summary>
    private static string Follow(FileSystemInfo entry, string link, string root, string? cache)
    {
        string target = Real(entry.FullName);
        if (!File.Exists(target) && !Directory.Exists(target))
        {
            throw DatasetErrors.Link(Name(entry), $"a link to '{link}', which does not exist");
        }

        bool isAllowed = RealPath.IsIn(target, root) || (cache is not null && File.Exists(target) && RealPath.IsIn(target, Path.Combine(cache, "blobs")));
        return isAllowed ? target : throw DatasetErrors.Link(Name(entry), $"a link to '{link}', outside of the folder");
    }

    /// <summary>The folder of a dataset in Hugging Face's cache, when a folder is it or belongs to its snapshots.</summary>
    private static string? CacheOf(string root)
    {
        for (string? folder = root; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string snapshots = Path.Combine(folder, "snapshots");
            if (Directory.Exists(snapshots) && Directory.Exists(Path.Combine(folder, "blobs")))
            {
                return folder == root || RealPath.IsIn(root, snapshots) ? folder : null;
            }
        }

        return null;
    }

    /// <summary>Snapshots are states of the same dataset at different times; together they are nothing.</summary>
    private static List<FileInfo> OfOneSnapshot(string path, string cache, List<FileInfo> files)
    {
        string snapshots = Path.Combine(cache, "snapshots");
        string[] found =
        [
            .. files.Select(file => Path.Combine(Real(file.DirectoryName!), file.Name)).Where(file => RealPath.IsIn(file, snapshots))
                .Select(file => Path.GetRelativePath(snapshots, file).Split(Path.DirectorySeparatorChar)[0]).Distinct(StringComparer.Ordinal),
        ];
        return found.Length <= 1 ? files : throw DatasetErrors.SeveralSnapshots(path, found);
    }

    private static string Real(string path)
    {
        try
        {
            return RealPath.Of(path);
        }
        catch (IOException exception)
        {
            throw DatasetErrors.Link(path, $"no file: {exception.Message}");
        }
    }

    /// <summary>With forward slashes; where a backslash is no separator, it is a character like any other.</summary>
    private static string Name(FileSystemInfo entry) => entry.FullName.Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>A link's length is its target's.</summary>
    private static long Length(FileInfo file) => file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : file.Length;
}
