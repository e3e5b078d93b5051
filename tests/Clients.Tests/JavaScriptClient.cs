namespace FineTune.Clients.Tests;

/// <summary>Microsoft's JavaScript client on this machine.</summary>
internal static class JavaScriptClient
{
    /// <summary>The folder whose <c>node_modules</c> has it, looked for upwards from the tests: the build installs it.</summary>
    public static string Root => Find();

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "node_modules", "@azure", "arm-machinelearning")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("@azure/arm-machinelearning is not installed. In the root of the repository: npm install.");
    }
}
