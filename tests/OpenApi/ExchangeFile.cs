using System.Text.Json;

namespace FineTune.OpenApi;

/// <summary>Exchanges of another process, one JSON document a line.</summary>
public sealed class ExchangeFile(string path)
{
    private const string Variable = "FINETUNE_CONTRACT_EXCHANGES";
    private readonly Lock _gate = new();

    /// <summary>The file that the process which started this one reads.</summary>
    public static ExchangeFile? FromEnvironment() => Environment.GetEnvironmentVariable(Variable) is { } path ? new ExchangeFile(path) : null;

    /// <summary>Lets a process to come record what its servers exchange.</summary>
    /// <param name="environment">Its environment.</param>
    public void AddTo(IDictionary<string, string?> environment)
    {
        environment["DOTNET_STARTUP_HOOKS"] = typeof(ExchangeFile).Assembly.Location;
        environment[Variable] = path;
    }

    /// <summary>Adds an exchange; it is there even if the process dies the moment after.</summary>
    public void Append(Exchange exchange)
    {
        lock (_gate)
        {
            File.AppendAllText(path, JsonSerializer.Serialize(exchange) + "\n");
        }
    }

    /// <summary>Reads all, but for the last when the process died while it wrote it.</summary>
    public IEnumerable<Exchange> Read()
    {
        string text = File.Exists(path) ? File.ReadAllText(path) : "";
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Exchange>(line)!);
    }
}
