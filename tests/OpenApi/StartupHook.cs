using System.Diagnostics.CodeAnalysis;
using FineTune.OpenApi;

/// <summary>
/// What the .NET runtime calls in a process started with DOTNET_STARTUP_HOOKS: its exchanges go to a file, as it may be killed at any moment.
/// </summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "The runtime looks for this name outside of any namespace.")]
[SuppressMessage("Design", "MA0047:Declare types in namespaces", Justification = "The runtime looks for this name outside of any namespace.")]
internal static class StartupHook
{
    /// <summary>Called before Main.</summary>
    public static void Initialize()
    {
        if (ExchangeFile.FromEnvironment() is { } file)
        {
            ExchangeRecorder.Start(file.Append);
        }
    }
}
