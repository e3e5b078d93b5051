using FineTune.LocalHost.Commands;

namespace FineTune.EndToEnd.Tests;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_tells_the_whole_road_and_leaves_nothing()
    {
        (int exitCode, string output, string errors) = await DemoAsync("--speed", "600", "--ephemeral");

        Assert.True(exitCode == ExitCode.Success, output + errors);
        foreach (string part in (string[])["364 rows read, 0 invalid", "chat_completion_finetune: Completed", "epoch  4  train", "Question", "Expected", "Answer", "Serving until", "Completed", "0 resources left"])
        {
            Assert.Contains(part, output, StringComparison.Ordinal);
        }

        Assert.All(output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public async Task A_demo_on_bad_rows_ends_with_1_names_every_one_and_says_what_to_do()
    {
        string dataset = Path.Combine(AppContext.BaseDirectory, "samples", "support-chat-with-bad-rows.jsonl");

        (int exitCode, string output, _) = await DemoAsync("--speed", "600", "--ephemeral", "--dataset", dataset);

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("Next step", output, StringComparison.Ordinal);
        Assert.Equal(12, output.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("support-chat-with-bad-rows.jsonl:", StringComparison.Ordinal))
            .Select(line => line.Split(':', ' ')[1]).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("0 resources left", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> DemoAsync(params string[] options)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int exitCode = await FineTuneCommand.InvokeAsync(["demo", .. options], output, errors);
        return (exitCode, output.ToString(), errors.ToString());
    }
}
