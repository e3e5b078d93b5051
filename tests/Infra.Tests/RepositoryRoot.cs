namespace FineTune.Infra.Tests;

/// <summary>Where the repository's files are, wherever the tests run from.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string File(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    public static string Read(params ReadOnlySpan<string> parts) => System.IO.File.ReadAllText(File(parts));

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(System.IO.Path.Combine(folder.FullName, "FineTuneFunctions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"FineTuneFunctions.sln is in no folder above {AppContext.BaseDirectory}");
    }
}
