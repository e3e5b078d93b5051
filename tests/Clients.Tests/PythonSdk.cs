using System.ComponentModel;
using System.Diagnostics;

namespace FineTune.Clients.Tests;

/// <summary>Microsoft's Python SDK on this machine.</summary>
internal static class PythonSdk
{
    private const string Probe = """
        import importlib.util as u
        for name in ("azure.ai.ml", "azure.identity"):
            try:
                assert u.find_spec(name)
            except (ImportError, AssertionError):
                print("azure-ai-ml and azure-identity are not installed for this Python")
                raise SystemExit
        print("pydash" if u.find_spec("pydash") else "no pydash")
        """;

    private static readonly Lazy<(string? Missing, bool HasPydash)> State = new(Look);

    /// <summary>The interpreter. Distributions put their packages beside their own, which need not be the first on the path.</summary>
    public static string Interpreter { get; } = OperatingSystem.IsLinux() && File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>Why there is none; null if there is.</summary>
    public static string? Missing => State.Value.Missing;

    /// <summary>Whether the SDK's dependency pydash is there too; Debian has the SDK without it.</summary>
    public static bool HasPydash => State.Value.HasPydash;

    private static (string? Missing, bool HasPydash) Look()
    {
        ProcessStartInfo start = new(Interpreter) { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Probe);
        try
        {
            using Process process = Process.Start(start)!;
            string answer = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return answer is "pydash" or "no pydash"
                ? (null, answer == "pydash")
                : ($"{Interpreter}: {answer}. On Debian: apt-get install python3-azure.", false);
        }
        catch (Win32Exception)
        {
            return ($"There is no {Interpreter}. On Debian: apt-get install python3-azure.", false);
        }
    }
}
