using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FineTune.LocalHost.Offline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Commands;

/// <summary>What <c>finetune validate</c> and <c>finetune prepare</c> take: the fields of a request's <c>dataset</c>, by the same names and rules, and what is shown.</summary>
internal sealed class DatasetOptionSet
{
    private const int DefaultShow = 5;
    private static readonly string[] ReportExtensions = [".html", ".json"];
    private static readonly DatasetRequest Defaults = new() { SplitPercent = 100 };

    private readonly Argument<string[]> _paths = new("dataset")
    {
        Description = "Files, shards or folders of one dataset: .jsonl, .json, .csv, .tsv (each also .gz, .zst), .parquet.",
        HelpName = "FILE|FOLDER",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<double?> _splitPercent = Field<double>(
        "--split-percent", "Percent of each split that is used, above 0 and up to 100 (default: 100; a run's is 5).", static (request, value) => request with { SplitPercent = value });

    private readonly Option<RowSelection?> _selection = Word<RowSelection>(
        "--selection", "Which rows, below 100 %: the first, or a sample by --seed (default: first).");

    private readonly Option<int?> _seed = Field<int>("--seed", "Seed of the sample (default: 42).", static (request, value) => request with { Seed = value });

    private readonly Option<double?> _testPercent = Field<double>(
        "--test-percent", "Percent that becomes the test split when no file is one, 1 to 50 (default: 10).", static (request, value) => request with { TestPercent = value });

    private readonly Option<double?> _maxInvalidPercent = Field<double>(
        "--max-invalid-percent", "Percent of rows that may have errors; they are left out (default: 0).", static (request, value) => request with { MaxInvalidPercent = value });

    private readonly Option<RepairPolicy?> _repair = Word<RepairPolicy>(
        "--repair", "What is done about rows with findings: nothing, leave them out, or repair what can be (default: report).");

    private readonly Option<int?> _maxRows = Field<int>("--max-rows", "The most rows that each split gets (default: all).", static (request, value) => request with { MaxRows = value });

    private readonly Option<string?> _model = new("--model")
    {
        Description = "The model, such as Phi-4-mini-instruct: its family's special tokens in texts are then errors, and tokens are counted with its vocabulary where that is at hand.",
        HelpName = "name",
    };

    private readonly Option<int?> _contextLength = Number<int>(
        "--context-length", "Tokens that fit into the model; longer rows are warned of.", static value => value > 0 ? null : "Must be at least 1.");

    private readonly Option<double?> _epochs = Number<double>(
        "--epochs", "How often training goes through the rows, for the billable tokens.", static value => value is > 0 and <= 10_000 ? null : "Must be above 0 and up to 10000.");

    private readonly Option<int?> _show = Number<int>(
        "--show", "Findings of each code that are shown; all are counted (default: 5).", static value => value is >= 0 and <= 100_000 ? null : "Must be 0 to 100000.");

    private readonly Option<bool> _excerpts = new("--excerpts") { Description = "Findings quote what stands there, its letters as x and its digits as 0." };

    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON document, for scripts; messages go to standard error." };

    private readonly Option<string[]> _reports = new("--report")
    {
        Description = "Writes the report: a page (.html) or its figures (.json). May be given twice.",
        HelpName = "file",
        Arity = ArgumentArity.OneOrMore,
    };

    public DatasetOptionSet()
    {
        _reports.Validators.Add(static result =>
        {
            foreach (Token token in result.Tokens.Where(token => !ReportExtensions.Contains(Path.GetExtension(token.Value), StringComparer.OrdinalIgnoreCase)))
            {
                result.AddError($"--report takes a file that ends in {string.Join(" or ", ReportExtensions)}, not '{token.Value}'.");
            }
        });
    }

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_paths);
        foreach (Option option in (ReadOnlySpan<Option>)
            [_splitPercent, _selection, _seed, _testPercent, _maxInvalidPercent, _repair, _maxRows, _model, _contextLength, _epochs, _show, _excerpts, _json, _reports])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What a command line says.</summary>
    public DatasetArguments Read(ParseResult parsed) => new()
    {
        Paths = parsed.GetRequiredValue(_paths),
        Request = new DatasetRequest
        {
            SplitPercent = parsed.GetValue(_splitPercent) ?? Defaults.SplitPercent,
            Selection = parsed.GetValue(_selection) ?? Defaults.Selection,
            Seed = parsed.GetValue(_seed) ?? Defaults.Seed,
            TestPercent = parsed.GetValue(_testPercent) ?? Defaults.TestPercent,
            MaxInvalidPercent = parsed.GetValue(_maxInvalidPercent) ?? Defaults.MaxInvalidPercent,
            Repair = parsed.GetValue(_repair) ?? Defaults.Repair,
            MaxRows = parsed.GetValue(_maxRows),
        },
        Model = parsed.GetValue(_model),
        ContextLength = parsed.GetValue(_contextLength),
        Epochs = parsed.GetValue(_epochs),
        Show = parsed.GetValue(_show) ?? DefaultShow,
        Excerpts = parsed.GetValue(_excerpts),
        Json = parsed.GetValue(_json),
        Reports = parsed.GetValue(_reports) ?? [],
    };

    /// <summary>A number of the request, held to the rules of a <c>run.json</c>.</summary>
    private static Option<T?> Field<T>(string name, string description, Func<DatasetRequest, T, DatasetRequest> apply)
        where T : struct, IParsable<T> =>
        Number<T>(name, description, value => RunRequestRules.Check(new RunRequest { Dataset = apply(Defaults, value) }).Select(error => error.Message).FirstOrDefault());

    /// <summary>A number, with a point for decimals whatever the machine's language is.</summary>
    private static Option<T?> Number<T>(string name, string description, Func<T, string?> check)
        where T : struct, IParsable<T> => new(name)
        {
            Description = description,
            HelpName = "number",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (!T.TryParse(text, CultureInfo.InvariantCulture, out T value))
                {
                    result.AddError($"{name} takes a number, not '{text}'.");
                    return null;
                }

                if (check(value) is { } error)
                {
                    result.AddError($"{name}: {error}");
                }

                return value;
            },
        };

    private static Option<T?> Word<T>(string name, string description)
        where T : struct, Enum
    {
        string[] words = [.. Enum.GetNames<T>().Select(word => word.ToLowerInvariant())];
        return new Option<T?>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                int index = Array.FindIndex(words, word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase));
                if (index >= 0)
                {
                    return Enum.GetValues<T>()[index];
                }

                result.AddError($"{name} takes {string.Join(" or ", words)}, not '{text}'.");
                return null;
            },
        };
    }
}
