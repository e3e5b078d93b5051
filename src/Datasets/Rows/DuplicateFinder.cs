using System.Globalization;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>Finds rows that an earlier one says already: in the same split a duplicate, in another one leakage from what is learned to what is tested.</summary>
internal sealed class DuplicateFinder
{
    private const int KindBits = 3;
    private const long MaxRows = 1L << (32 - KindBits);

    /// <summary>Bytes that a row has at least, for the first guess of their number.</summary>
    private const int SmallRowBytes = 256;

    private readonly DuplicateIndex _exact;
    private readonly NearDuplicateIndex _near;
    private readonly List<(long First, string Name)> _files = [];
    private long _rowsBefore;
    private string _file = "";

    /// <param name="expectedBytes">Bytes of all files.</param>
    /// <param name="limits">How much memory it may take.</param>
    public DuplicateFinder(long expectedBytes, DatasetLimits limits)
    {
        long expectedRows = expectedBytes / SmallRowBytes;
        _exact = new DuplicateIndex(expectedRows, limits.DuplicateSlots);
        _near = new NearDuplicateIndex(expectedRows / 4, limits.DuplicateSlots / 4);
    }

    /// <summary>Whether some rows were not remembered for want of room.</summary>
    public bool IsFull { get; private set; }

    public void BeginFile(string name)
    {
        _file = name;
        _files.Add((_rowsBefore, name));
    }

    /// <summary>Ends a file.</summary>
    /// <param name="lastRow">The number of its last row.</param>
    public void EndFile(long lastRow) => _rowsBefore += lastRow;

    /// <summary>Starts to load what <see cref="Check"/> will need.</summary>
    public void Prefetch(in RowIdentity row, SplitKind kind)
    {
        ulong group = Group(kind);
        _exact.Prefetch(row.Content.Key ^ group);
        if (row.Near.IsUsable)
        {
            _near.Prefetch(in row.Near, group);
        }
    }

    /// <summary>Compares a usable row with all earlier ones, and remembers it.</summary>
    public void Check(in RowIdentity identity, SplitKind kind, long row, RowRules rules, FindingLog log)
    {
        ulong group = Group(kind);
        long ordinal = _rowsBefore + row;
        if (ordinal >= MaxRows)
        {
            IsFull = true;
            return;
        }

        uint own = ((uint)ordinal << KindBits) | (uint)kind;
        uint found = own;
        bool isExact = _exact.Find(identity.Content.Key ^ group, ref found);
        bool isNear = !isExact && identity.Near.IsUsable && _near.Find(in identity.Near, group, ref found);
        IsFull |= _exact.IsFull || _near.IsFull;
        if (!isExact && !isNear)
        {
            return;
        }

        var other = (SplitKind)(found & ((1 << KindBits) - 1));
        FindingCode code = other != kind ? FindingCode.TrainTestLeakage : isExact ? FindingCode.ExactDuplicate : FindingCode.NearDuplicate;
        string reason = log.WillList(code) ? Reason(found >> KindBits, other, kind, isExact) : "";
        rules.Fail(code, reason, severity: FindingSeverity.Warning);
    }

    /// <summary>Generation splits hold the prompts of the others on purpose.</summary>
    private static ulong Group(SplitKind kind) => kind is SplitKind.TrainGeneration or SplitKind.TestGeneration ? 0x9E3779B97F4A7C15UL : 0;

    private string Reason(uint ordinal, SplitKind other, SplitKind kind, bool isExact)
    {
        int file = _files.FindLastIndex(candidate => candidate.First < ordinal);
        (long first, string name) = _files[Math.Max(file, 0)];
        string where = name == _file && file == _files.Count - 1 ? "" : $" of '{name}'";
        string alike = isExact ? "says the same" : "says nearly the same";
        string split = other == kind ? "" : $" and goes to the split {other}, this one to {kind}";
        return string.Create(CultureInfo.InvariantCulture, $"Row {ordinal - first}{where} {alike}{split}.");
    }
}
