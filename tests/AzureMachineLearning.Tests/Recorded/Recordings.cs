using System.Text.Json.Nodes;

namespace FineTune.AzureMachineLearning.Tests.Recorded;

/// <summary>What was recorded of the real service and of Microsoft's Python client.</summary>
internal static class Recordings
{
    /// <summary>The folder of all recordings; null when they are not here.</summary>
    public static string? Folder { get; } = Find(Path.Combine("shared", "azureml"), "recorded-shapes.json");

    /// <summary>This repository.</summary>
    public static string Repository { get; } = Find("", "FineTuneFunctions.sln")!;

    /// <summary>An answer of the real service.</summary>
    public static JsonNode Answer(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder!, "recorded-shapes.json")))![name]!;

    /// <summary>What azure-ai-ml 1.4.0 exchanged, in order.</summary>
    public static IEnumerable<JsonNode> PythonClient() =>
        File.ReadLines(Path.Combine(Folder!, "wire", "azure-ai-ml-1.4.0-notebook-flow.https.jsonl")).Select(line => JsonNode.Parse(line)!);

    private static string? Find(string folder, string file)
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, folder, file)))
            {
                return Path.Combine(directory.FullName, folder);
            }
        }

        return null;
    }
}
