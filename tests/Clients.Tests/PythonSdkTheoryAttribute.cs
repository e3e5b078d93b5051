namespace FineTune.Clients.Tests;

/// <summary>A test that needs Microsoft's Python SDK; skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PythonSdkTheoryAttribute : TheoryAttribute
{
    public PythonSdkTheoryAttribute()
    {
        Skip = PythonSdk.Missing;
    }
}
