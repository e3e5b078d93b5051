namespace FineTune.LocalHost.Tests;

/// <summary>A test that needs what only Unix has: scripts without an extension, named pipes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        Skip = OperatingSystem.IsWindows() ? "Windows has no named pipes in its file system, and no scripts without an extension." : null;
    }
}
