using FineTune.LocalHost.Commands;

namespace FineTune.LocalHost.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData()]
    [InlineData("demo")]
    [InlineData("serve")]
    [InlineData("submit")]
    [InlineData("list")]
    [InlineData("show")]
    [InlineData("watch")]
    [InlineData("cancel")]
    [InlineData("validate")]
    [InlineData("prepare")]
    public async Task Help_teaches_by_examples_and_fits_80_columns(params string[] command)
    {
        (int exitCode, string output, _) = await FineTuneProgram.InvokeAsync([.. command, "--help"]);

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("Examples:", output, StringComparison.Ordinal);
        Assert.Contains("  finetune", output[output.IndexOf("Examples:", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("show")]
    [InlineData("serve", "--port", "many")]
    [InlineData("serve", "--speed", "0")]
    [InlineData("list", "--state", "Lost")]
    [InlineData("list", "--url", "nowhere")]
    [InlineData("demo", "--dataset", "missing.jsonl")]
    public async Task A_command_line_that_is_not_understood_ends_with_2_and_says_where_help_is(params string[] arguments)
    {
        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync(arguments);

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains("--help", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_are_wrong_end_with_2_and_are_all_named()
    {
        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("serve", "--port", "70000", "--data", " ");

        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains("FineTune:Port", errors, StringComparison.Ordinal);
        Assert.Contains("FineTune:Data", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "run-1")]
    [InlineData("cancel", "run-1")]
    public async Task Without_a_host_a_client_command_ends_with_1_and_says_how_to_start_one(params string[] command)
    {
        // Port 1 is nobody's: what listens below 1024 is the system's, and this is its multiplexer.
        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync([.. command, "--url", "http://127.0.0.1:1"]);

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("finetune serve", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_file_is_checked_before_anything_is_uploaded()
    {
        string request = _folder.Write("run.json", """{"timeToLive":"soon","colour":1}""");

        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("submit", "chat.jsonl", "--request", request, "--url", "http://127.0.0.1:1");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("$.timeToLive", errors, StringComparison.Ordinal);
        Assert.Contains("$.colour", errors, StringComparison.Ordinal);
    }
}
