using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>What is wrong with a file as a whole, said so that a person can act on it.</summary>
internal static class DatasetErrors
{
    private const string Formats = "Use JSON Lines (.jsonl: one JSON object a line) or Parquet (.parquet).";

    public static UpstreamException NoFiles() =>
        Invalid("DatasetEmpty", "The dataset has no files.", where: null, Formats);

    public static UpstreamException UnknownFormat(string file) =>
        Invalid("DatasetFormatUnknown", $"'{file}' is no dataset file that is read here: its name ends neither in .jsonl nor in .parquet.", file, Formats);

    public static UpstreamException EmptyFile(string file) =>
        Invalid("DatasetFileEmpty", $"'{file}' is empty (0 bytes).", file, "Upload it again; if it is meant to be empty, remove it.");

    public static UpstreamException NotJsonLines(string file, string whatItIs) =>
        Invalid("DatasetFileNotJsonLines", $"'{file}' is named .jsonl, but is {whatItIs}.", file, Formats);

    public static UpstreamException SplitName(string file, string why) =>
        Invalid("DatasetSplitUnclear", $"It is not clear which split '{file}' is: {why}.", file,
            "Name split files train…, validation… or test… (or train_gen…, test_gen…), one of these words a name; or give no file such a name.");

    public static UpstreamException SplitMissingFromName(string file, string other) =>
        SplitName(file, $"its name has no word for one, but '{other}' has");

    public static UpstreamException NotParquet(string file, string why) =>
        Invalid("DatasetFileNotParquet", $"'{file}' can't be read as Parquet: {why}", file,
            "Upload the file again (a broken upload is the usual reason), or write it again with the tool that made it.");

    public static UpstreamException ParquetSchema(string file, string why, string columnsFound) =>
        Invalid("DatasetParquetSchema", $"'{file}' {why} Columns found: {columnsFound}.", file,
            "Write a column messages of type list<struct<role: string, content: string>>; prompt and prompt_id may stand beside it.");

    public static UpstreamException ParquetTooLarge(string file, long memoryBytes) =>
        Invalid("DatasetParquetTooLarge",
            string.Create(CultureInfo.InvariantCulture, $"'{file}' needs more than the {memoryBytes / 1_000_000} MB that reading Parquet may take."), file,
            "Write it with smaller row groups (10,000 rows, say), or as JSON Lines.");

    public static UpstreamException NoDuckDb(string file) =>
        new(OutcomeKind.Failed, new Failure("DatasetParquetUnavailable", $"'{file}' is Parquet, and DuckDB's native library is not beside the program.")
        {
            Where = file,
            NextStep = "Build (or publish) on the platform that the program runs on, with npm installed; or use JSON Lines.",
        });

    private static UpstreamException Invalid(string code, string message, string? where, string nextStep) =>
        new(OutcomeKind.Invalid, new Failure(code, message) { Where = where, NextStep = nextStep });
}
