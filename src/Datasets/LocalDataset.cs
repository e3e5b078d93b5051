using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Datasets;

/// <summary>Datasets on this machine's disk, by the same names as in blob storage.</summary>
public static class LocalDataset
{
    /// <summary>
    /// Finds a dataset's files: those given, and of folders all dataset files below them, in ordinal order of their paths. Links to files and folders elsewhere
    /// are not followed in a folder; hidden files and folders, and what Hugging Face's tools write beside datasets, are none.
    /// </summary>
    /// <param name="paths">Files and folders.</param>
    /// <returns>The files, each once, by full paths with forward slashes.</returns>
    /// <exception cref="UpstreamException">NotFound: there is no such file or folder, or no dataset file in a folder.</exception>
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

            FileInfo[] found = Directory.Exists(path) ? [.. InFolder(new DirectoryInfo(Path.GetFullPath(path)))] : throw NotFound(path, "There is no such file or folder.");
            files.AddRange(found.Length > 0 ? found : throw NotFound(path, $"There is no dataset file ({string.Join(", ", DroppedBlobs.DatasetExtensions)}) in the folder."));
        }

        return [.. files.DistinctBy(file => file.FullName, StringComparer.Ordinal).Select(file => new DatasetFile(file.FullName.Replace('\\', '/'), Length(file)))];
    }

    /// <summary>Opens a file for reading from its start.</summary>
    /// <param name="file">One of those found.</param>
    /// <param name="cancellationToken">Not looked at: opening does not take long.</param>
    /// <returns>The content.</returns>
    /// <exception cref="UpstreamException">Invalid: it can't be opened.</exception>
    public static Task<Stream> OpenAsync(DatasetFile file, CancellationToken cancellationToken = default)
    {
        try
        {
            return Task.FromResult<Stream>(new FileStream(file.Name, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan));
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

    private static IEnumerable<FileInfo> InFolder(DirectoryInfo folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint };
        return folder.EnumerateFiles("*", options)
            .Where(file => DroppedBlobs.IsDataset(file.Name) && !Path.GetRelativePath(folder.FullName, file.FullName).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.')))
            .OrderBy(file => file.FullName, StringComparer.Ordinal);
    }

    /// <summary>A link's length is its target's.</summary>
    private static long Length(FileInfo file) => file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : file.Length;

    private static UpstreamException NotFound(string path, string message) => new(OutcomeKind.NotFound, new Failure("DatasetNotFound", message)
    {
        Where = path,
        NextStep = "Check the path.",
    });
}
