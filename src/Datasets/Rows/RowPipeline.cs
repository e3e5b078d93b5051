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
    private readonly JsonlRow _slow;
    private readonly RowRepair _repair;
    private readonly DuplicateFinder _duplicates;
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

    public RowPipeline(DatasetOptions options, RepairPolicy policy, FindingLog log, ChangeLog changes, SplitSet splits, DuplicateFinder duplicates)
    {
        _options = options;
        _policy = policy;
        _log = log;
        _changes = changes;
        _splits = splits;
        _duplicates = duplicates;
        Rules = new RowRules(options);
        _slow = new JsonlRow(options.Limits, Rules);
        _repair = new RowRepair(options.Family);
        _logChange = LogChange;
    }

    /// <summary>The rules, with the findings of the row at hand.</summary>
    public RowRules Rules { get; }

    /// <summary>What the row at hand says.</summary>
    public Conversation Conversation { get; } = new();

    /// <summary>Whether rows of the file at hand are trained on, so that they need an answer.</summary>
    public bool IsTrainedOn => _isTrainedOn;

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
        if (FastRow.TryRead(row, Conversation, _options.Limits.MaxMessages))
        {
            facts = Rules.Check(Conversation, _isTrainedOn);
            if (Rules.IsClean)
            {
                _slow.Ignored.Clear();
                Complete(row, in facts, place);
                return;
            }

            Rules.Begin();
        }

        facts = _slow.Read(row, Conversation, _isTrainedOn);
        Complete(row, in facts, place);
    }

    /// <summary>Starts a row that the caller reads into <see cref="Conversation"/> and then gives to <see cref="Complete"/>.</summary>
    public void Begin(long number)
    {
        Rows++;
        _number = number;
        Rules.Begin();
    }

    /// <summary>Takes a row that can't even be looked at.</summary>
    public void Unreadable(long number, FindingCode code, string reason, RowPlace place = default, ReadOnlySpan<byte> row = default, RowPath? path = null)
    {
        Begin(number);
        Rules.Fail(code, reason, path: path);
        Complete(row, default, place);
    }

    /// <summary>Ends a row: decides what becomes of it, and writes it.</summary>
    /// <param name="row">Its bytes as JSON.</param>
    /// <param name="facts">What it counts.</param>
    /// <param name="place">Where it begins, when that is not a line of its own.</param>
    public void Complete(ReadOnlySpan<byte> row, in RowFacts facts, RowPlace place = default)
    {
        RowFacts written = facts;
        if (!Rules.IsClean)
        {
            Rules.SortFindings();
            LogFindings(row, place, 0);
            if (_policy == RepairPolicy.Fix)
            {
                written = Repair(in facts);
            }
        }

        int logged = Rules.Findings.Length;
        if (!Rules.IsValid)
        {
            InvalidRows++;
            if (_policy != RepairPolicy.Report)
            {
                Drop();
            }

            return;
        }

        RowIdentity identity = Conversation.Identity();
        _duplicates.Prefetch(in identity, _splits.Place(_source, identity.Row));
        bool isVerbatim = Conversation.IsVerbatim && !place.IsComposed && row.IndexOf((byte)'\n') < 0;
        Place(row, in written, in identity, place, logged, Conversation.Shape, isVerbatim);
    }

    /// <summary>A reader for the rows of the file at hand that works ahead of this one, beside it.</summary>
    public LineScanner CreateScanner() => new(_options, _isTrainedOn);

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

    /// <summary>Compares a usable row with those before, and writes it to its split.</summary>
    private void Place(ReadOnlySpan<byte> row, in RowFacts facts, in RowIdentity identity, RowPlace place, int logged, RowShape shape, bool isVerbatim)
    {
        SplitKind kind = _splits.Place(_source, identity.Row);
        _duplicates.Check(in identity, kind, _number, Rules, _log);
        LogFindings(row, place, logged);
        if (!Rules.IsClean && HasWarning(out bool isDuplicate))
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
        foreach (ref readonly PendingFinding finding in Rules.Findings)
        {
            hasWarning |= finding.Severity == FindingSeverity.Warning;
            isDuplicate |= finding.Code is FindingCode.ExactDuplicate or FindingCode.NearDuplicate or FindingCode.TrainTestLeakage;
        }

        return hasWarning;
    }

    private void LogFindings(ReadOnlySpan<byte> row, RowPlace place, int from)
    {
        foreach (ref readonly PendingFinding finding in Rules.Findings[from..])
        {
            _log.Add(_file, _number, place, in finding, row);
        }
    }

    /// <summary>Repairs the row and checks it again; its findings are then those that are left.</summary>
    private RowFacts Repair(in RowFacts facts)
    {
        _rowChanges.Clear();
        if (!Rules.IsReadable || !_repair.TryRepair(Conversation, Rules.Findings, _isTrainedOn, _logChange) || _rowChanges.Count == 0)
        {
            return facts;
        }

        Rules.Begin();
        Conversation.IsMeasured = false;
        if (Conversation.Count == 0)
        {
            Rules.Fail(FindingCode.EmptyMessages, "Nothing is left of messages.");
            return facts;
        }

        RowFacts repaired = Rules.Check(Conversation, _isTrainedOn);
        Conversation.IsVerbatim = false;
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
        PendingFinding reason = Rules.Findings[0];
        foreach (ref readonly PendingFinding finding in Rules.Findings)
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
        if (Conversation.Prompt.Length > 0)
        {
            _text.Raw("\"prompt\":"u8);
            _text.Raw(row.Slice(Conversation.Prompt.Start, Conversation.Prompt.Length));
            _text.Raw(","u8);
        }

        _text.Raw("\"messages\":["u8);
        bool isFirst = true;
        foreach (ref readonly Turn turn in Conversation.Turns)
        {
            _text.Message(turn.Role, Conversation.Text(turn), isFirst);
            isFirst = false;
        }

        _text.Raw("]"u8);
        if (Conversation.PromptIdJson.Length > 0)
        {
            _text.Raw(",\"prompt_id\":"u8);
            _text.Raw(row.Slice(Conversation.PromptIdJson.Start, Conversation.PromptIdJson.Length));
        }

        _text.Raw("}"u8);
        return _text.Bytes;
    }
}
