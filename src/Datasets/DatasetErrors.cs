using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>What is wrong with a file as a whole, said so that a person can act on it.</summary>
internal static class DatasetErrors
{
    private const int MaxNames = 20;
    private const int MaxNameLength = 60;

    private const string Formats = "Use JSON Lines (.jsonl: one JSON object a line), a JSON array (.json), CSV or TSV with a header, or Parquet; all but Parquet also as .gz or .zst.";

    private const string IfEmpty = "Write it again; if it is meant to be empty, leave it out.";

    /// <summary>Right for a file on a disk and for a blob.</summary>
    private const string IfCutOff = "Copy the whole file again: a copy or an upload that broke off is the usual reason.";

    public static UpstreamException NoFiles() =>
        Invalid("DatasetEmpty", "The dataset has no files.", where: null, Formats);

    public static UpstreamException UnknownFormat(string file) =>
        Invalid("DatasetFormatUnknown", $"'{file}' is no dataset file that is read here: its name ends in none of .jsonl, .ndjson, .json, .csv, .tsv (each also with .gz or .zst) and .parquet.", file, Formats);

    public static UpstreamException EmptyFile(string file) =>
        Invalid("DatasetFileEmpty", $"'{file}' is empty (0 bytes).", file, IfEmpty);

    public static UpstreamException NothingCompressed(string file) =>
        Invalid("DatasetFileEmpty", $"'{file}' is empty: decompressed it has 0 bytes.", file, IfEmpty);

    public static UpstreamException NotText(string file, string format, string whatItIs) =>
        Invalid("DatasetFileNotText", $"'{file}' is named as {format}, but is {whatItIs}.", file, Formats);

    public static UpstreamException NotJson(string file) =>
        Invalid("DatasetFileNotJson", $"'{file}' is named .json, but begins with neither an array nor an object.", file, Formats);

    public static UpstreamException ArrayNotClosed(string file, long row) =>
        Invalid("DatasetFileCutOff", string.Create(CultureInfo.InvariantCulture, $"'{file}' ends in the middle of its array, {(row == 0 ? "before its first row" : $"in or after row {row}")}."), file, IfCutOff);

    public static UpstreamException Shorter(string file, long bytes, long expected) =>
        Invalid("DatasetFileCutOff", string.Create(CultureInfo.InvariantCulture, $"'{file}' ended after {bytes} bytes, but had {expected} when the reading began: something changes it."), file,
            "Wait until nothing writes to the file any more, then try again.");

    public static UpstreamException AfterArray(string file, long line, long column) =>
        Invalid("DatasetFileNotJson", string.Create(CultureInfo.InvariantCulture, $"'{file}' goes on after the end of its array, on line {line}, column {column}."),
            string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}, column {column}"), "Put everything into one array, or write one object a line and name it .jsonl.");

    public static UpstreamException CsvHeader(string file, string columnsFound) =>
        CsvColumns(file, $"has no column of messages in its first line. Columns found: {columnsFound}.");

    public static UpstreamException CsvColumns(string file, string what) =>
        Invalid("DatasetCsvHeader", $"'{file}' {what}", file,
            "Begin with a line of column names, each once: messages (JSON), conversations (JSON), instruction and output, or prompt and completion.");

    public static UpstreamException FileTooLarge(string file, long maxBytes) =>
        Invalid("DatasetFileTooLarge", string.Create(CultureInfo.InvariantCulture, $"'{file}' is larger than the {maxBytes} bytes that a file may have."), file, "Split it into several files.");

    public static UpstreamException NotDecompressible(string file, string why) =>
        Invalid("DatasetFileDamaged", $"'{file}' can't be decompressed: {char.ToLowerInvariant(why[0])}{why[1..]}", file, $"{IfCutOff} If it is whole, compress it again.");

    public static UpstreamException DecompressesTooFar(string file, int maxRatio) =>
        Invalid("DatasetFileTooLarge", string.Create(CultureInfo.InvariantCulture, $"'{file}' grows to more than {maxRatio} times its size when it is decompressed; chats grow 3 to 10 times."), file,
            "If the file is what it should be, give it as JSON Lines, without compression.");

    public static UpstreamException ShardMissing(string file, int count, string missing) =>
        Invalid("DatasetShardMissing", string.Create(CultureInfo.InvariantCulture, $"'{file}' is one of {count} shards, but {missing} is not there."), file,
            "Add the missing shards; or rename the file if it is complete.");

    public static UpstreamException SplitName(string file, string why) =>
        Invalid("DatasetSplitUnclear", $"It is not clear which split '{file}' is: {why}.", file,
            "Name split files train…, validation… or test… (or train_gen…, test_gen…), one of these words a name; or give no file such a name.");

    public static UpstreamException SplitMissingFromName(string file, string other) =>
        SplitName(file, $"its name has no word for one, but '{other}' has");

    public static UpstreamException NotParquet(string file, string why) =>
        Invalid("DatasetFileNotParquet", $"'{file}' can't be read as Parquet: {why}", file,
            $"{IfCutOff} If it is whole, write it again with the tool that made it.");

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

    public static UpstreamException NotFound(string path, string message) =>
        new(OutcomeKind.NotFound, new Failure("DatasetNotFound", message) { Where = path, NextStep = "Check the path." });

    public static UpstreamException Link(string link, string what) =>
        Invalid("DatasetLinkRefused", $"'{link}' is {what}.", link, "Remove the link from the folder; or name what it leads to on the command line, if it belongs to the dataset.");

    public static UpstreamException SeveralSnapshots(string folder, IReadOnlyList<string> snapshots) =>
        Invalid("DatasetSnapshotUnclear",
            string.Create(CultureInfo.InvariantCulture, $"The folder holds {snapshots.Count} snapshots of a dataset: {string.Join(", ", snapshots.Take(5))}."), folder,
            "Give the folder of one of them.");

    /// <summary>Names as a person can read them: of a table without a header they are the first row's texts, and may be books.</summary>
    public static string Names(IReadOnlyCollection<string> names)
    {
        string shown = string.Join(", ", names.Take(MaxNames).Select(name => name.Length > MaxNameLength ? name[..MaxNameLength] + "…" : name));
        return names.Count > MaxNames ? string.Create(CultureInfo.InvariantCulture, $"{shown} and {names.Count - MaxNames} more") : shown;
    }

    private static UpstreamException Invalid(string code, string message, string? where, string nextStep) =>
        new(OutcomeKind.Invalid, new Failure(code, message) { Where = where, NextStep = nextStep });
}
