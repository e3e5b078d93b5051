using System.Diagnostics;

namespace FineTune.Infra.Tests;

/// <summary>The shell hooks, run against an <c>az</c> and a <c>curl</c> of the test's own.</summary>
public sealed class HookTests : IDisposable
{
    private readonly DirectoryInfo _tools = Directory.CreateTempSubdirectory("finetune-hooks-");

    public static TheoryData<string> Hooks => [.. Directory.EnumerateFiles(RepositoryRoot.File("infra", "hooks"), "*.sh").Select(path => Path.GetFileName(path)!)];

    public void Dispose() => _tools.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Hooks))]
    public async Task A_hook_is_a_correct_script(string hook)
    {
        if (!OperatingSystem.IsWindows())
        {
            (int exitCode, string output) = await RunAsync(hook, "-n");
            Assert.True(exitCode == 0, output);
        }
    }

    [Fact]
    public async Task Postdeploy_asks_again_until_Event_Grid_is_answered()
    {
        if (!OperatingSystem.IsWindows())
        {
            Tool("az", """echo "$@" >> "$TOOLS/calls"; [[ $(wc -l < "$TOOLS/calls") -ge 3 ]]""");

            (int exitCode, string output) = await RunAsync("postdeploy.sh");

            string[] calls = await File.ReadAllLinesAsync(Path.Combine(_tools.FullName, "calls"));
            Assert.True(exitCode == 0, output);
            Assert.Equal(3, calls.Length);
            Assert.All(calls, call => Assert.Contains("functionAppName=func-1 topicName=topic-1 storageAccountName=data1", call, StringComparison.Ordinal));
            Assert.Contains("--account-name data1", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Postdeploy_gives_up_in_the_end_and_never_shows_the_key()
    {
        if (!OperatingSystem.IsWindows())
        {
            Tool("az", """echo "Url validation: https://func-1/runtime/webhooks/blobs?functionName=Host.Functions.DatasetDropped&code=s3cr3t/== failed" >&2; exit 1""");

            (int exitCode, string output) = await RunAsync("postdeploy.sh");

            Assert.Equal(1, exitCode);
            Assert.Contains("attempt 7 of 8", output, StringComparison.Ordinal);
            Assert.Contains("Url validation", output, StringComparison.Ordinal);
            Assert.Contains("azd hooks run postdeploy", output, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cr3t", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Predown_stops_while_endpoints_still_bill()
    {
        if (!OperatingSystem.IsWindows())
        {
            Tool("az", """if [[ "$1 $2" == "resource list" ]]; then echo ws-1/finetune-abc; else echo "$@" >> "$TOOLS/calls"; fi""");

            (int exitCode, string output) = await RunAsync("predown.sh");

            Assert.Equal(1, exitCode);
            Assert.Contains("ws-1/finetune-abc", output, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(_tools.FullName, "calls")));
        }
    }

    [Theory]
    [InlineData("true", "resource delete --ids /subscriptions/sub-1/resourceGroups/ml/providers/Microsoft.EventGrid/systemTopics/jobs-1 ")]
    [InlineData("false", "resource delete --ids /subscriptions/sub-1/resourceGroups/ml/providers/Microsoft.EventGrid/systemTopics/jobs-1/eventSubscriptions/finetune-1 ")]
    public async Task Predown_removes_what_stands_outside_and_no_topic_of_others(string topicIsNew, string expected)
    {
        if (!OperatingSystem.IsWindows())
        {
            Tool("az", """echo "$@" >> "$TOOLS/calls"; if [[ "$1 $2 $3" == "role assignment list" ]]; then printf 'one\ntwo\n'; fi""");

            (int exitCode, string output) = await RunAsync("predown.sh", variables: ("JOB_TOPIC_IS_NEW", topicIsNew));

            string[] calls = await File.ReadAllLinesAsync(Path.Combine(_tools.FullName, "calls"));
            Assert.True(exitCode == 0, output);
            Assert.Single(calls, call => call.StartsWith(expected, StringComparison.Ordinal));
            Assert.Single(calls, call => call.StartsWith("role assignment delete --ids one two ", StringComparison.Ordinal));
            Assert.Single(calls, call => call.StartsWith("role definition delete --name role-1 --scope /subscriptions/sub-1 ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_hook_outside_of_azd_says_so()
    {
        if (!OperatingSystem.IsWindows())
        {
            (int exitCode, string output) = await RunAsync("postprovision.sh", variables: ("FUNCTION_APP_NAME", ""));

            Assert.NotEqual(0, exitCode);
            Assert.Contains("run this by azd", output, StringComparison.Ordinal);
        }
    }

    private void Tool(string name, string script)
    {
        if (!OperatingSystem.IsWindows())
        {
            string path = Path.Combine(_tools.FullName, name);
            File.WriteAllText(path, $"#!/usr/bin/env bash\n{script}\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private async Task<(int ExitCode, string Output)> RunAsync(string hook, string? option = null, params (string Name, string Value)[] variables)
    {
        Tool("curl", "exit 7");
        Tool("sleep", "exit 0");
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _tools.FullName };
        if (option is not null)
        {
            start.ArgumentList.Add(option);
        }

        start.ArgumentList.Add(RepositoryRoot.File("infra", "hooks", hook));
        start.Environment["PATH"] = $"{_tools.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["TOOLS"] = _tools.FullName;
        foreach ((string name, string value) in (IEnumerable<(string, string)>)
        [
            ("AZURE_SUBSCRIPTION_ID", "sub-0"), ("AZURE_RESOURCE_GROUP", "rg-1"), ("FUNCTION_APP_NAME", "func-1"), ("FUNCTION_APP_URI", "https://func-1"),
            ("FUNCTION_APP_IDENTITY", "identity-1"), ("DATA_STORAGE_ACCOUNT", "data1"), ("DATASETS_CONTAINER", "datasets"), ("DEAD_LETTER_CONTAINER", "dead-letters"),
            ("DATASET_TOPIC_NAME", "topic-1"), ("JOB_TOPIC_NAME", "jobs-1"), ("JOB_TOPIC_IS_NEW", "true"), ("JOB_SUBSCRIPTION_NAME", "finetune-1"),
            ("MACHINE_LEARNING_WORKSPACE", "ws-1"), ("MACHINE_LEARNING_RESOURCE_GROUP", "ml"), ("MACHINE_LEARNING_SUBSCRIPTION", "sub-1"),
            ("MACHINE_LEARNING_WORKSPACE_IS_NEW", "false"), ("REGION_READER_ROLE", "/subscriptions/sub-1/providers/x/role-1"), ("SIGN_IN_REQUIRED", "false"), .. variables,
        ])
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + errors);
    }
}
