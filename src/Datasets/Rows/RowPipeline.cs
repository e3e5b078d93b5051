using System.Globalization;
using System.Text;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Output;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>The way of a row, whatever it was read from: rules, repair, duplicates, split.</summary>
internal sealed class RowPipeline
{
    private const int MaxIgnoredNames = 20;

    private readonly DatasetOptions _options;
    private readonly RepairPolicy _policy;
    private readonly FindingLog _log;
    private readonly ChangeLog _changes;
    private readonly SplitSet _splits;
    private readonly RowRules _rules;
    private readonly JsonlRow _slow;
    private readonly Conversation _conversation = new();
    private readonly RowRepair _repair;
    private readonly DuplicateFinder _duplicates;
    private readonly TokenCounter _tokens;
    private readonly RowText _text = new();
    private readonly List<byte[]> _ignored = [];
    private readonly long[] _shapes = new long[Enum.GetValues<RowShape>().Length];
    private readonly List<(string Change, FindingCode Because)> _rowChanges = [];
    private readonly Action<string, FindingCode> _logChange;
    private string _file = "";
    private int _fileIndex = -1;
    private SplitKind? _source;
    private bool _isTrainedOn;
    private long _number;
    private long _fileRows;

    public RowPipeline(DatasetOptions options, RepairPolicy policy, FindingLog log, ChangeLog changes, SplitSet splits, DuplicateFinder duplicates, TokenCounter tokens)
    {
        _options = options;
        _policy = policy;
        _log = log;
        _changes = changes;
        _splits = splits;
        _duplicates = duplicates;
        _tokens = tokens;
        _rules = new RowRules(options, tokens);
        _slow = new JsonlRow(options.Limits, _rules);
        _repair = new RowRepair(options.Family);
        _logChange = LogChange;
    }

    /// <summary>Rows read so far, of all files.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows that break a rule.</summary>
    public long InvalidRows { get; private set; }

    /// <summary>Rows left out for a warning.</summary>
    public long DroppedRows { get; private set; }

    /// <summary>Rows that were repaired and not left out after all.</summary>
    public long FixedRows { get; private set; }

    /// <summary>Rows with warnings.</summary>
    public long RowsWithWarnings { get; private set; }

    /// <summary>Starts a file.</summary>
    public void BeginFile(string name, SplitKind? source)
    {
        _file = name;
        _fileIndex++;
        _source = source;
        _isTrainedOn = source is not (SplitKind.TrainGeneration or SplitKind.TestGeneration);
        _fileRows = Rows;
        _ignored.Clear();
        Array.Clear(_shapes);
        _duplicates.BeginFile(name);
    }

    /// <summary>Ends a file.</summary>
    /// <returns>Its rows, their shapes (null when all are chats), and the properties that were left out.</returns>
    public (long Rows, IReadOnlyDictionary<string, long>? Shapes, IReadOnlyList<string> Ignored) EndFile()
    {
        Dictionary<string, long>? shapes = null;
        for (int shape = 1; shape < _shapes.Length; shape++)
        {
            if (_shapes[shape] > 0)
            {
                shapes ??= new Dictionary<string, long>(StringComparer.Ordinal) { [nameof(RowShape.Chat)] = _shapes[0] };
                shapes.Add(((RowShape)shape).ToString(), _shapes[shape]);
            }
        }

        _duplicates.EndFile(_number);
        _number = 0;
        return (Rows - _fileRows, shapes, [.. _ignored.Select(Encoding.UTF8.GetString)]);
    }

    /// <summary>Takes a row of JSON.</summary>
    /// <param name="row">Its bytes.</param>
    /// <param name="number">Its line or number in the file.</param>
    /// <param name="place">Where it begins, when that is not a line of its own.</param>
    public void Json(ReadOnlySpan<byte> row, long number, RowPlace place = default)
    {
        Begin(number);
        RowFacts facts;
        if (FastRow.TryRead(row, _conversation, _options.Limits.MaxMessages))
        {
            facts = _rules.Check(_conversation, _isTrainedOn, isTrial: true);
            if (_rules.IsClean)
            {
                _slow.Ignored.Clear();
                Complete(row, in facts, place);
                return;
            }

            _rules.Begin();
        }

        facts = _slow.Read(row, _conversation, _isTrainedOn);
        Complete(row, in facts, place);
    }

    /// <summary>Takes a row that can't even be looked at.</summary>
    public void Unreadable(long number, FindingCode code, string reason, RowPlace place = default, ReadOnlySpan<byte> row = default, RowPath? path = null)
    {
        Begin(number);
        _rules.Fail(code, reason, path: path);
        Complete(row, default, place);
    }

    /// <summary>A reader for the rows of the file at hand that works ahead of this one, beside it.</summary>
    public LineScanner CreateScanner() => new(_options, _tokens, _isTrainedOn);

    /// <summary>Starts to load what <see cref="Clean"/> will need.</summary>
    public void Prefetch(in ScannedLine line) => _duplicates.Prefetch(in line.Identity, _splits.Place(_source, line.Identity.Row));

    /// <summary>Takes a row that was read ahead, and in which nothing was found.</summary>
    /// <param name="row">Its bytes.</param>
    /// <param name="number">Its line.</param>
    /// <param name="line">What was read.</param>
    public void Clean(ReadOnlySpan<byte> row, long number, in ScannedLine line)
    {
        Begin(number);
        _slow.Ignored.Clear();
        Place(row, in line.Facts, in line.Identity, default, logged: 0, RowShape.Chat, isVerbatim: true);
    }

    private void Begin(long number)
    {
        Rows++;
        _number = number;
        _rules.Begin();
    }

    /// <summary>Ends a row: decides what becomes of it, and writes it.</summary>
    /// <param name="row">Its bytes as JSON.</param>
    /// <param name="facts">What it counts.</param>
    /// <param name="place">Where it begins, when that is not a line of its own.</param>
    private void Complete(ReadOnlySpan<byte> row, in RowFacts facts, RowPlace place = default)
    {
        RowFacts written = facts;
        if (!_rules.IsClean)
        {
            _rules.SortFindings();
            LogFindings(row, place, 0);
            if (_policy == RepairPolicy.Fix)
            {
                written = Repair(in facts);
            }
        }

        int logged = _rules.Findings.Length;
        if (!_rules.IsValid)
        {
            InvalidRows++;
            if (_policy != RepairPolicy.Report)
            {
                Drop();
            }

            return;
        }

        RowIdentity identity = _conversation.Identity();
        _duplicates.Prefetch(in identity, _splits.Place(_source, identity.Row));
        bool isVerbatim = _conversation.IsVerbatim && !place.IsComposed && row.IndexOf((byte)'\n') < 0;
        Place(row, in written, in identity, place, logged, _conversation.Shape, isVerbatim);
    }

    /// <summary>Compares a usable row with those before, and writes it to its split.</summary>
    private void Place(ReadOnlySpan<byte> row, in RowFacts facts, in RowIdentity identity, RowPlace place, int logged, RowShape shape, bool isVerbatim)
    {
        SplitKind kind = _splits.Place(_source, identity.Row);
        _duplicates.Check(in identity, kind, _number, _rules, _log);
        LogFindings(row, place, logged);
        if (!_rules.IsClean && HasWarning(out bool isDuplicate))
        {
            RowsWithWarnings++;
            if (_policy == RepairPolicy.Drop || (_policy == RepairPolicy.Fix && isDuplicate))
            {
                DroppedRows++;
                Drop();
                return;
            }
        }

        _shapes[(int)shape]++;
        _tokens.Take(in facts);
        if (_slow.Ignored.Count > 0)
        {
            NoteIgnored();
        }

        if (_rowChanges.Count > 0)
        {
            KeepChanges();
        }

        _splits.Write(kind, _source is null, isVerbatim ? row : Write(row), identity.Row, new RowRecord(_fileIndex, _number, in facts));
    }

    private bool HasWarning(out bool isDuplicate)
    {
        bool hasWarning = false;
        isDuplicate = false;
        foreach (ref readonly PendingFinding finding in _rules.Findings)
        {
            hasWarning |= finding.Severity == FindingSeverity.Warning;
            isDuplicate |= finding.Code is FindingCode.ExactDuplicate or FindingCode.NearDuplicate or FindingCode.TrainTestLeakage;
        }

        return hasWarning;
    }

    private void LogFindings(ReadOnlySpan<byte> row, RowPlace place, int from)
    {
        foreach (ref readonly PendingFinding finding in _rules.Findings[from..])
        {
            _log.Add(_file, _number, place, in finding, row);
        }
    }

    /// <summary>Repairs the row and checks it again; its findings are then those that are left.</summary>
    private RowFacts Repair(in RowFacts facts)
    {
        _rowChanges.Clear();
        if (!_rules.IsReadable || !_repair.TryRepair(_conversation, _rules.Findings, _isTrainedOn, _logChange) || _rowChanges.Count == 0)
        {
            return facts;
        }

        _rules.Begin();
        _conversation.IsMeasured = false;
        if (_conversation.Count == 0)
        {
            _rules.Fail(FindingCode.EmptyMessages, "Nothing is left of messages.");
            return facts;
        }

        RowFacts repaired = _rules.Check(_conversation, _isTrainedOn);
        _conversation.IsVerbatim = false;
        return repaired;
    }

    private void LogChange(string change, FindingCode because)
    {
        if (!_rowChanges.Exists(known => known.Change == change))
        {
            _rowChanges.Add((change, because));
        }
    }

    /// <summary>Changes count when the row goes to a split: of one that is left out after all there is nothing to say but that.</summary>
    private void KeepChanges()
    {
        FixedRows++;
        foreach ((string change, FindingCode because) in _rowChanges)
        {
            _changes.Add(change, _file, _number, because);
        }

        _rowChanges.Clear();
    }

    private void Drop()
    {
        _rowChanges.Clear();
        PendingFinding reason = _rules.Findings[0];
        foreach (ref readonly PendingFinding finding in _rules.Findings)
        {
            if (finding.Severity < reason.Severity)
            {
                reason = finding;
            }
        }

        _changes.Add("Dropped", _file, _number, reason.Code);
    }

    private void NoteIgnored()
    {
        foreach (byte[] name in _slow.Ignored)
        {
            if (_ignored.Count < MaxIgnoredNames && !_ignored.Exists(known => known.AsSpan().SequenceEqual(name)))
            {
                _ignored.Add(name);
            }
        }
    }

    /// <summary>Writes what a row says in the one shape that the component reads.</summary>
    private ReadOnlySpan<byte> Write(ReadOnlySpan<byte> row)
    {
        _text.Clear();
        _text.Raw("{"u8);
        if (_conversation.Prompt.Length > 0)
        {
            _text.Raw("\"prompt\":"u8);
            _text.Raw(row.Slice(_conversation.Prompt.Start, _conversation.Prompt.Length));
            _text.Raw(","u8);
        }

        _text.Raw("\"messages\":["u8);
        bool isFirst = true;
        foreach (ref readonly Turn turn in _conversation.Turns)
        {
            _text.Message(turn.Role, _conversation.Text(turn), isFirst);
            isFirst = false;
        }

        _text.Raw("]"u8);
        if (_conversation.PromptIdJson.Length > 0)
        {
            _text.Raw(",\"prompt_id\":"u8);
            _text.Raw(row.Slice(_conversation.PromptIdJson.Start, _conversation.PromptIdJson.Length));
        }

        _text.Raw("}"u8);
        return _text.Bytes;
    }
}
