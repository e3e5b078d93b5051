using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.LocalHost.Commands;

namespace FineTune.LocalHost.Tests;

/// <summary>The command line, run in this process.</summary>
internal static class FineTuneProgram
{
    public static async Task<(int ExitCode, string Output, string Errors)> InvokeAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int exitCode = await FineTuneCommand.InvokeAsync(arguments, output, errors);
        return (exitCode, output.ToString(), errors.ToString());
    }

    /// <summary>Runs it with <c>--json</c>: all of standard output must be one document.</summary>
    public static async Task<(int ExitCode, JsonNode Document)> InvokeForJsonAsync(params string[] arguments)
    {
        (int exitCode, string output, _) = await InvokeAsync([.. arguments, "--json"]);
        return (exitCode, JsonNode.Parse(output, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!);
    }

    public static string Sample(string name) => Path.Combine(AppContext.BaseDirectory, "samples", name);
}
