namespace FineTune.Clients.Tests;

/// <summary>A test that needs @azure/arm-machinelearning; skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JavaScriptClientTheoryAttribute : TheoryAttribute
{
    public JavaScriptClientTheoryAttribute()
    {
        if (JavaScriptClient.Root is null)
        {
            Skip = "@azure/arm-machinelearning is not installed. In the root of the repository: npm install.";
        }
    }
}
