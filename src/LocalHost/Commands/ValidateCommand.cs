using System.CommandLine;
using System.Globalization;
using FineTune.Datasets;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune validate</c>: checks dataset files here, without any host.</summary>
internal static class ValidateCommand
{
    private const int ShownFindings = 100;

    public static Command Create(CommandContext context)
    {
        var files = new Argument<FileInfo[]>("files") { Description = "The files of one dataset, .jsonl or .parquet.", Arity = ArgumentArity.OneOrMore };
        files.AcceptExistingOnly();
        var percent = new Option<double>("--split-percent")
        {
            Description = "Percent of each split that would be used, above 0 and up to 100 (default: 100).",
            DefaultValueFactory = static _ => 100,
            HelpName = "number",
        };
        percent.Validators.Add(result =>
        {
            if (result.Tokens is [{ } token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out double value) && !(value > 0 && value <= 100))
            {
                result.AddError($"--split-percent is above 0 and up to 100, not {token.Value}.");
            }
        });
        var command = new Command("validate", "Checks a dataset as a run would, here and now: every row that breaks a rule is named.") { files, percent };
        command.SetAction((parsed, cancellationToken) => ValidateAsync(context, parsed.GetRequiredValue(files), parsed.GetValue(percent), cancellationToken));
        return command.WithExamples("""
              finetune validate chat.jsonl
              finetune validate train_sft.parquet test_sft.parquet
            """);
    }

    private static async Task<int> ValidateAsync(CommandContext context, FileInfo[] files, double percent, CancellationToken cancellationToken)
    {
        DirectoryInfo output = Directory.CreateTempSubdirectory("finetune-validate-");
        try
        {
            DatasetPreparationResult result = await new DatasetPreparation(context.Time).PrepareAsync(
                [.. files.Select(file => new DatasetFile(file.FullName, file.Length))],
                static (file, _) => Task.FromResult<Stream>(File.OpenRead(file.Name)),
                new DatasetRequest { SplitPercent = percent },
                output.FullName,
                progress: null,
                cancellationToken);
            Print(context.Screen, result);
            return result.Refusal is null ? ExitCode.Success : ExitCode.Failure;
        }
        catch (UpstreamException error)
        {
            context.Screen.PrintFailure(error.Failure);
            return ExitCode.Failure;
        }
        finally
        {
            output.Delete(recursive: true);
        }
    }

    private static void Print(Screen screen, DatasetPreparationResult result)
    {
        DatasetReport report = result.Report;
        screen.PrintFindings([.. report.Findings.Take(ShownFindings)], report.FindingCounts.Values.Sum());
        foreach (string warning in report.Warnings)
        {
            screen.Write($"! {warning}", Screen.Notice);
        }

        screen.Write(string.Create(CultureInfo.InvariantCulture, $"{report.Rows:N0} rows read, {report.InvalidRows:N0} invalid"), report.InvalidRows == 0 ? Screen.Good : Screen.Bad);
        foreach (PreparedSplit split in result.Splits)
        {
            screen.Write(string.Create(CultureInfo.InvariantCulture, $"{split.Kind}: {split.Rows:N0} rows, {split.Bytes:N0} bytes"), null, 2);
        }

        if (result.Refusal is not null)
        {
            screen.PrintFailure(result.Refusal);
        }
    }
}
