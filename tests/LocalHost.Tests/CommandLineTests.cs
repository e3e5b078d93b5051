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

    [Theory]
    [InlineData("'serve'", "serv")]
    [InlineData("'--port'", "serve", "--prot", "80")]
    [InlineData("'--request'", "submit", "--requst", "run.json")]
    [InlineData("'--json'", "show", "--jso")]
    [InlineData("'--repair'", "validate", "chat.jsonl", "--repar", "fix")]
    public async Task A_mistyped_name_is_answered_with_the_one_that_was_probably_meant(string meant, params string[] arguments)
    {
        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync(arguments);

        Assert.Equal(arguments[0] == "validate" ? ExitCode.Failure : ExitCode.Usage, exitCode);
        Assert.Contains($"Did you mean {meant}?", errors, StringComparison.Ordinal);
        Assert.Contains("--help", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_is_shown_whatever_else_is_mistyped()
    {
        (int exitCode, string output, _) = await FineTuneProgram.InvokeAsync("validate", "chat.jsonl", "--repar", "fix", "--help");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("--repair", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_is_none_is_refused_with_those_that_are()
    {
        (_, _, string errors) = await FineTuneProgram.InvokeAsync("list", "--state", "Runing");

        Assert.Contains("AwaitingApproval", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Contracts", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_can_not_be_made_is_a_sentence()
    {
        string file = _folder.Write("data", "");

        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("serve", "--port", "0", "--data", Path.Combine(file, "below"));

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("--data", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
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
