namespace FineTune.Datasets;

/// <summary>Where a path leads when every link in it is followed, so that two paths can be compared.</summary>
public static class RealPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int MaxLinks = 40;

    /// <summary>The full path without links; what does not exist is kept as it is.</summary>
    /// <param name="path">A path, relative to the current folder or full.</param>
    /// <returns>The full path, without a separator at its end.</returns>
    /// <exception cref="IOException">Links lead in a circle, or there are more than 40 of them.</exception>
    public static string Of(string path)
    {
        int links = 0;
        return Of(path, ref links);
    }

    /// <summary>Whether a path is a folder or lies in it. Case does not count: some disks don't know it.</summary>
    /// <param name="path">A real path.</param>
    /// <param name="folder">The folder's real path.</param>
    public static bool IsIn(string path, string folder)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(folder);
        return path.StartsWith(folder, StringComparison.OrdinalIgnoreCase)
            && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);
    }

    private static string Of(string path, ref int links)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        string real = Path.Combine(Of(parent, ref links), Path.GetFileName(full));
        FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
        if (info.LinkTarget is not { } target)
        {
            return real;
        }

        return ++links <= MaxLinks
            ? Of(Path.Combine(Path.GetDirectoryName(real)!, target), ref links)
            : throw new IOException($"'{path}' leads through more than {MaxLinks} links, or in a circle.");
    }
}
