using System.Globalization;
using System.Text;
using FineTune.Datasets.Output;
using FineTune.Datasets.Parquet;
using FineTune.Datasets.Reports;
using FineTune.Datasets.Rows;
using FineTune.Datasets.Text;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>
/// Reads a dataset's files in one pass, checks every row and writes the splits. The rules are in docs/dataset-rules.md.
/// Safe to use for several datasets at the same time, each with an output of its own.
/// </summary>
/// <param name="timeProvider">Paces progress.</param>
/// <param name="options">How datasets are checked; null for the defaults.</param>
public sealed class DatasetPreparation(TimeProvider timeProvider, DatasetOptions? options = null) : IDatasetPreparation
{
    private static readonly string[] MarksOfOtherFormats = ["Parquet (name it .parquet)", "gzip-compressed (name it .gz, too)", "zstd-compressed (name it .zst, too)", "a zip archive", "UTF-16 text (save it as UTF-8)"];

    private readonly DatasetOptions _options = options ?? new DatasetOptions();

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A number of <paramref name="request"/> is out of range.</exception>
    public Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        DatasetChecks checks,
        IDatasetSink sink,
        string temporaryDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checks);
        DatasetOptions forRun = _options with
        {
            Model = checks.Model ?? _options.Model,
            ContextLength = checks.ContextLength ?? _options.ContextLength,
            Epochs = checks.Epochs ?? _options.Epochs,
        };
        return new DatasetPreparation(timeProvider, forRun).PrepareAsync(files, open, request, sink, temporaryDirectory, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public string RenderReport(string title, DatasetPreparationResult result) => DatasetReportPage.Write(title, result);

    /// <summary>Reads every file once, checks every row, and writes one JSONL file per split.</summary>
    /// <param name="files">The source files, in the order in which they are read.</param>
    /// <param name="open">Opens one of them.</param>
    /// <param name="request">How much is used, how it is split, and what is done about findings.</param>
    /// <param name="outputDirectory">An existing, empty local folder for the splits.</param>
    /// <param name="progress">Told of bytes read of all files, four times a second at most; may be null.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The splits and the report. A refused dataset is a result, not an exception.</returns>
    /// <exception cref="UpstreamException">Invalid: a file can't be read at all.</exception>
    /// <remarks>
    /// Temporary files are in <c>{outputDirectory}.tmp</c>, which is removed at the end.
    /// After a refusal or an exception the output folder is as empty as before.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A number of <paramref name="request"/> is out of range.</exception>
    public Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        string outputDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string temporaryDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(outputDirectory)) + ".tmp";
        if (Directory.Exists(temporaryDirectory))
        {
            // A killed process left it.
            Directory.Delete(temporaryDirectory, recursive: true);
        }

        return PrepareAsync(files, open, request, new DirectorySink(outputDirectory), temporaryDirectory, progress, cancellationToken);
    }

    /// <summary>Reads every file once, checks every row, and gives one JSONL file per split to a sink.</summary>
    /// <param name="files">The source files, in the order in which they are read.</param>
    /// <param name="open">
    /// Opens one of them. A <see cref="FileStream"/> on a Parquet file is read where it lies; any other Parquet stream is copied to
    /// <paramref name="temporaryDirectory"/> first, because Parquet needs random access.
    /// </param>
    /// <param name="request">How much is used, how it is split, and what is done about findings.</param>
    /// <param name="sink">Takes the files.</param>
    /// <param name="temporaryDirectory">A folder for temporary files; created when needed, and removed at the end.</param>
    /// <param name="progress">Told of bytes read of all files, four times a second at most; may be null.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The splits and the report. A refused dataset is a result, not an exception.</returns>
    /// <exception cref="UpstreamException">Invalid: a file can't be read at all.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number of <paramref name="request"/> is out of range.</exception>
    public async Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        IDatasetSink sink,
        string temporaryDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        CheckRange(nameof(request), nameof(request.SplitPercent), request.SplitPercent, double.Epsilon, 100);
        CheckRange(nameof(request), nameof(request.TestPercent), request.TestPercent, 1, 50);
        CheckRange(nameof(request), nameof(request.MaxInvalidPercent), request.MaxInvalidPercent, 0, 100);
        CheckRange(nameof(request), nameof(request.MaxRows), request.MaxRows ?? 1, 1, long.MaxValue);
        IReadOnlyList<PlannedFile> plan = SourcePlan.Of(files);
        var output = new OutputFiles(sink, temporaryDirectory);
        var work = new Work(this, request, plan, output, new ReadProgress(progress, timeProvider));
        bool succeeded = false;
        try
        {
            DatasetPreparationResult result = await work.RunAsync(open, cancellationToken);
            succeeded = result.Refusal is null;
            return result;
        }
        finally
        {
            await work.DisposeAsync();
            if (!succeeded)
            {
                await output.DiscardAsync();
            }

            output.DeleteTemporary();
        }
    }

    private static void CheckRange(string parameter, string name, double value, double min, double max)
    {
        if (!(value >= min && value <= max))
        {
            throw new ArgumentOutOfRangeException(parameter, value,
                string.Create(CultureInfo.InvariantCulture, $"{name} must be {(min == double.Epsilon ? "above 0" : $"from {min}")} and at most {max}."));
        }
    }

    /// <summary>One preparation.</summary>
    private sealed class Work : IAsyncDisposable
    {
        private readonly DatasetOptions _options;
        private readonly DatasetRequest _request;
        private readonly IReadOnlyList<PlannedFile> _plan;
        private readonly ReadProgress _progress;
        private readonly FindingLog _log;
        private readonly ChangeLog _changes;
        private readonly DuplicateFinder _duplicates;
        private readonly TokenCounter _tokens;
        private readonly SplitSet _splits;
        private readonly RowPipeline _pipeline;
        private readonly ParquetReader _parquet;
        private readonly List<string> _warnings;
        private readonly List<SourceFileReport> _reports = [];
        private readonly OutputFiles _output;
        private Stream? _changesFile;

        public Work(DatasetPreparation owner, DatasetRequest request, IReadOnlyList<PlannedFile> plan, OutputFiles output, ReadProgress progress)
        {
            _options = owner._options;
            _request = request;
            _plan = plan;
            _progress = progress;
            _output = output;
            _log = new FindingLog(_options.MaxListedPerCode, _options.IncludeExcerpts);
            _changes = new ChangeLog(_options.MaxListedPerCode, () => new StreamWriter(_changesFile!, new UTF8Encoding(false)) { NewLine = "\n" });
            long bytes = plan.Sum(file => file.File.Length);
            _duplicates = new DuplicateFinder(bytes, _options.Limits);
            _tokens = new TokenCounter(_options, plan.Sum(file => file.Format.UsualTextBytes(file.File.Length)));
            _splits = new SplitSet(request, _options.ContextLength, output);
            _pipeline = new RowPipeline(_options, request.Repair, _log, _changes, _splits, _duplicates, _tokens);
            _parquet = new ParquetReader(_options.Limits, _pipeline, _splits, output.TemporaryDirectory);
            _warnings = [.. SourcePlan.Warnings(plan, request)];
        }

        public async Task<DatasetPreparationResult> RunAsync(Func<DatasetFile, CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
        {
            if (_request.Repair != RepairPolicy.Report)
            {
                _changesFile = await _output.CreateAsync("changes.csv", cancellationToken);
            }

            foreach (PlannedFile planned in _plan)
            {
                await using Stream stream = await open(planned.File, cancellationToken);
                await ReadFileAsync(planned, stream, cancellationToken);
            }

            _progress.End();

            // Also of a dataset that is refused: what its valid rows are like is worth knowing, too.
            List<(PreparedSplit Split, SplitStatistics Statistics)> prepared = await _splits.CompleteAsync(cancellationToken);
            Failure? refusal = Refusal.TooManyInvalidRows(_pipeline, _log, _request)
                ?? Refusal.SplitMissing([.. prepared.Select(split => split.Split)], _plan, _pipeline);
            _changes.Dispose();
            if (refusal is null)
            {
                foreach ((PreparedSplit split, _) in prepared)
                {
                    await _output.CompleteAsync(split, cancellationToken);
                }
            }

            return new DatasetPreparationResult(
                refusal is null ? [.. prepared.Select(split => split.Split)] : [],
                Report([.. prepared.Select(split => split.Statistics)]),
                refusal);
        }

        public async ValueTask DisposeAsync()
        {
            _changes.Dispose();
            await _splits.DisposeAsync();
            if (_changesFile is not null)
            {
                await _changesFile.DisposeAsync();
            }
        }

        private async Task ReadFileAsync(PlannedFile planned, Stream stream, CancellationToken cancellationToken)
        {
            await using var source = new SourceStream(planned.File, stream, _options.Limits, _progress);
            await _splits.OpenAsync(planned.Split, cancellationToken);
            _pipeline.BeginFile(planned.File.Name, planned.Split);
            string format = planned.Format.ToString();
            List<string> ignored = [];
            if (planned.Format.Kind == SourceKind.Parquet)
            {
                await _parquet.ReadAsync(planned.File, source, (stream as FileStream)?.Name, _warnings, cancellationToken);
            }
            else
            {
                (format, ignored) = await ReadTextAsync(planned, source, cancellationToken);
            }

            if (source.Bytes < planned.File.Length)
            {
                throw DatasetErrors.Shorter(planned.File.Name, source.Bytes, planned.File.Length);
            }

            _progress.EndFile(source.Bytes);
            (long rows, IReadOnlyDictionary<string, long>? shapes, IReadOnlyList<string> names) = _pipeline.EndFile();
            ignored.AddRange(names);
            if (ignored.Count > 0)
            {
                _warnings.Add($"Of '{planned.File.Name}' these properties are left out: {DatasetErrors.Names(ignored)}.");
            }

            if (shapes is not null)
            {
                string mapped = string.Join(", ", shapes.Where(shape => shape.Value > 0 && shape.Key != nameof(RowShape.Chat))
                    .Select(shape => string.Create(CultureInfo.InvariantCulture, $"{shape.Value} {(shape.Value == 1 ? "row" : "rows")} of {ShapeName(shape.Key)}")));
                _warnings.Add($"Of '{planned.File.Name}' these were mapped to messages of role and content: {mapped}.");
            }

            _reports.Add(new SourceFileReport(planned.File.Name, planned.Split, rows, source.Bytes, planned.File.ETag)
            {
                Xxh128 = source.Xxh128(),
                Format = format,
                Shapes = shapes,
            });
        }

        private async Task<(string Format, List<string> Ignored)> ReadTextAsync(PlannedFile planned, SourceStream source, CancellationToken cancellationToken)
        {
            string name = planned.File.Name;
            await using DecompressedStream? decompressed = planned.Format.Compression == SourceCompression.None
                ? null
                : new DecompressedStream(name, source, planned.Format.Compression, _options.Limits);
            await using var blocks = new BlockReader((Stream?)decompressed ?? source, decompressed is null ? planned.File.Length : long.MaxValue / 2, cancellationToken);
            ReadOnlyMemory<byte> first = await blocks.ReadAsync();
            if (first.IsEmpty)
            {
                throw source.Bytes == 0 ? DatasetErrors.EmptyFile(name) : DatasetErrors.NothingCompressed(name);
            }

            CheckMark(name, SourceFormat.Name(planned.Format.Kind), first.Span);
            first = first.Span.StartsWith("\uFEFF"u8) ? first[3..] : first;
            List<string> ignored = [];
            string format = planned.Format.ToString();
            switch (planned.Format.Kind)
            {
                case SourceKind.Csv or SourceKind.Tsv:
                    var csv = new CsvReader(name, planned.Format.Kind == SourceKind.Csv ? (byte)',' : (byte)'\t', _pipeline, _options.Limits);
                    await csv.ReadAsync(first, blocks, _splits);
                    ignored = csv.Ignored;
                    break;
                case SourceKind.Json when IsArray(name, first.Span):
                    await new JsonArrayReader(name, _pipeline, _options.Limits).ReadAsync(first, blocks, _splits);
                    format = format.Replace("JSON", "JSON array", StringComparison.Ordinal);
                    break;
                default:
                    await new JsonlReader(_pipeline, _options.Limits).ReadAsync(first, blocks, _splits);
                    format = format.Contains("Lines", StringComparison.Ordinal) ? format : format.Replace("JSON", "JSON Lines", StringComparison.Ordinal);
                    break;
            }

            return (format, ignored);
        }

        private static bool IsArray(string name, ReadOnlySpan<byte> start)
        {
            int at = start.IndexOfAnyExcept(" \t\r\n"u8);
            return at >= 0 && start[at] is (byte)'[' or (byte)'{' ? start[at] == '[' : throw DatasetErrors.NotJson(name);
        }

        private static void CheckMark(string name, string format, ReadOnlySpan<byte> start)
        {
            int mark = start switch
            {
                [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => 0,
                [0x1F, 0x8B, ..] => 1,
                [0x28, 0xB5, 0x2F, 0xFD, ..] => 2,
                [(byte)'P', (byte)'K', 3, 4, ..] => 3,
                [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => 4,
                _ => -1,
            };
            if (mark >= 0)
            {
                throw DatasetErrors.NotText(name, format, MarksOfOtherFormats[mark]);
            }
        }

        private static string ShapeName(string shape) => shape switch
        {
            nameof(RowShape.ShareGpt) => "ShareGPT (conversations, from, value)",
            nameof(RowShape.Alpaca) => "Alpaca (instruction, input, output)",
            _ => "prompt and completion",
        };

        private DatasetReport Report(IReadOnlyList<SplitStatistics> statistics)
        {
            if (_duplicates.IsFull)
            {
                _warnings.Add("There are more rows than duplicates are looked for among: some may not have been found.");
            }

            SplitStatistics? train = statistics.FirstOrDefault(split => split.Kind == SplitKind.Train);
            return new DatasetReport
            {
                Rows = _pipeline.Rows,
                InvalidRows = _pipeline.InvalidRows,
                DroppedRows = _pipeline.DroppedRows,
                FixedRows = _pipeline.FixedRows,
                RowsWithWarnings = _pipeline.RowsWithWarnings,
                UnselectedRows = _pipeline.Rows - _pipeline.InvalidRows - _pipeline.DroppedRows - statistics.Sum(split => split.Rows),
                FindingCounts = _log.Counts,
                Findings = _log.Listed,
                Files = _reports,
                Warnings = _warnings,
                Repair = _request.Repair,
                ChangeCounts = _changes.Counts,
                Changes = _changes.Listed,
                Splits = statistics,
                Tokens = _tokens.Report() with
                {
                    ContextLength = _options.ContextLength,
                    Epochs = _options.Epochs,
                    BillableTokens = train is null ? null : (long)Math.Round(train.BillableTokens * (_options.Epochs ?? 1)),
                },
            };
        }
    }
}
