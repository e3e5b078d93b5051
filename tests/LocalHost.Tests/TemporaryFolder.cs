namespace FineTune.LocalHost.Tests;

/// <summary>A folder for one test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("finetune-tests-").FullName;

    public string Combine(string name) => Path.Combine(FullName, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Combine(name), text);
        return Combine(name);
    }

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
