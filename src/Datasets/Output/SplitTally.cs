using System.Globalization;
using System.Text;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Output;

/// <summary>Adds up what is in a split, and writes where its rows come from.</summary>
/// <param name="kind">The split.</param>
/// <param name="contextLength">The model's context, when known.</param>
/// <param name="map">Takes the row map.</param>
internal sealed class SplitTally(SplitKind kind, int? contextLength, Stream map) : IDisposable
{
    private readonly StreamWriter _map = new(map, new UTF8Encoding(false), 1 << 14) { NewLine = "\n" };
    private readonly Histogram _turns = new();
    private readonly Histogram _characters = new();
    private readonly Histogram _tokens = new();
    private long _rows;
    private long _system;
    private long _user;
    private long _assistant;
    private long _billable;
    private long _truncated;
    private long _runStart;
    private long _runLength;
    private RowRecord _runFirst;

    public void Add(in RowRecord row)
    {
        _turns.Add(row.Turns);
        _characters.Add(row.Characters);
        _tokens.Add(row.Tokens);
        _system += row.System;
        _user += row.User;
        _assistant += row.Assistant;
        _billable += Math.Min(row.Tokens, contextLength ?? long.MaxValue);
        _truncated += row.Tokens > contextLength ? 1 : 0;
        if (_runLength > 0 && row.File == _runFirst.File && row.Line == _runFirst.Line + _runLength)
        {
            _runLength++;
        }
        else
        {
            EndRun();
            (_runStart, _runLength, _runFirst) = (_rows + 1, 1, row);
        }

        _rows++;
    }

    /// <summary>Ends the row map.</summary>
    public SplitStatistics Complete()
    {
        EndRun();
        _map.Flush();
        return new SplitStatistics
        {
            Kind = kind,
            Rows = _rows,
            Turns = _turns.Distribution(),
            Characters = _characters.Distribution(),
            Tokens = _tokens.Distribution(),
            Roles = new Dictionary<string, long>(StringComparer.Ordinal) { ["system"] = _system, ["user"] = _user, ["assistant"] = _assistant },
            TotalTokens = _tokens.Sum,
            BillableTokens = _billable,
            TruncatedRows = _truncated,
        };
    }

    public void Dispose() => _map.Dispose();

    private void EndRun()
    {
        if (_rows == 0)
        {
            _map.WriteLine("row,file,line,count");
        }
        else
        {
            // Into a buffer: in a split by hash every few rows end a run, and strings would be most of what is allocated at all.
            Span<char> line = stackalloc char[4 * 20 + 3];
            _ = line.TryWrite(CultureInfo.InvariantCulture, $"{_runStart},{_runFirst.File},{_runFirst.Line},{_runLength}", out int length);
            _map.WriteLine(line[..length]);
        }
    }
}
