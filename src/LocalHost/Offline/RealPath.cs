namespace FineTune.LocalHost.Offline;

/// <summary>Where a path leads when every link in it is followed, so that two paths can be compared.</summary>
internal static class RealPath
{
    /// <summary>The full path without links; what does not exist is kept as it is.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        string real = Path.Combine(Of(parent), Path.GetFileName(full));
        FileSystemInfo info = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
        return info.LinkTarget is null ? real : Of(info.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
    }

    /// <summary>Whether a path is a folder or lies in it; both real. Case does not count: some disks don't know it.</summary>
    public static bool IsIn(string path, string folder) =>
        path.StartsWith(folder, StringComparison.OrdinalIgnoreCase)
        && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);
}
