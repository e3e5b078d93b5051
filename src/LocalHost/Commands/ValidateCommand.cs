using System.CommandLine;
using FineTune.LocalHost.Offline;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune validate</c>: checks a dataset here, without any host.</summary>
internal static class ValidateCommand
{
    public const string Name = "validate";

    public static Command Create(CommandContext context)
    {
        var options = new DatasetOptionSet();
        var command = new Command(Name, """
            Checks a dataset as a run would, here and now: every row that breaks a rule is named. Reads the files; asks no network and no Azure.
            Exit codes: 0 valid, 2 findings for which a run would refuse it, 1 it can't be read (or the command line can't). Warnings are shown and don't change it.
            """);
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => new DatasetCheck(context, options.Read(parsed)).RunAsync(cancellationToken));
        return command.WithExamples("""
              finetune validate chat.jsonl
              finetune validate train_sft.parquet test_sft.parquet --show 20
              finetune validate data/ --model Phi-4-mini-instruct --context-length 4096
              finetune validate chat.csv.gz --report chat.html --report chat.json
              finetune validate chat.jsonl --json | jq .report.findingCounts

            docs/dataset-rules.md explains every rule with a wrong and a right row.
            """);
    }
}
