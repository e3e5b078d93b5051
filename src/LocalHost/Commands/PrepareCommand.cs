using System.CommandLine;
using FineTune.LocalHost.Offline;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune prepare</c>: writes the splits that a run would upload, here, without any host.</summary>
internal static class PrepareCommand
{
    public const string Name = "prepare";

    public static Command Create(CommandContext context)
    {
        var options = new DatasetOptionSet();
        var folder = new Option<string>("--out", "-o")
        {
            Description = "The folder that is written: new, empty, or an earlier prepare's, which is replaced as a whole.",
            HelpName = "folder",
            Required = true,
        };
        folder.Validators.Add(static result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError("--out takes a folder, not ''.");
            }
        });
        var command = new Command(Name, """
            Checks a dataset as a run would, and writes what the run would upload: a JSONL file for each split, where each row comes from (.rows.csv), manifest.json, report.json and report.html. The source is never changed; a refused dataset leaves nothing.
            Exit codes: 0 written, 2 findings for which a run would refuse it, 1 it can't be read or written (or the command line can't be read).
            """) { folder };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            new DatasetCheck(context, options.Read(parsed) with { Out = parsed.GetRequiredValue(folder) }).RunAsync(cancellationToken));
        return command.WithExamples("""
              finetune prepare chat.jsonl --out prepared
              finetune prepare data/ --out prepared --repair fix
              finetune prepare chat.parquet --out small --split-percent 5 --selection sample
              finetune validate prepared/

            docs/dataset-rules.md explains splits, rules, repairs and every file.
            """);
    }
}
