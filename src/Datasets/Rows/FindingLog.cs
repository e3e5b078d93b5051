using System.Runtime.InteropServices;
using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>Counts every finding and lists the first ones of each code.</summary>
internal sealed class FindingLog(int maxListedPerCode, bool withExcerpts)
{
    private const int ExcerptBytes = 60;

    private static readonly string[] Names = Enum.GetNames<FindingCode>();

    private readonly long[] _counts = new long[Names.Length];
    private readonly List<DatasetFinding> _listed = [];

    /// <summary>How many findings of each code there are.</summary>
    public IReadOnlyDictionary<string, long> Counts
    {
        get
        {
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            for (int code = 0; code < _counts.Length; code++)
            {
                if (_counts[code] > 0)
                {
                    counts.Add(Names[code], _counts[code]);
                }
            }

            return counts;
        }
    }

    /// <summary>The first ones of each code, in order of file and row.</summary>
    public IReadOnlyList<DatasetFinding> Listed => _listed;

    /// <summary>The first error, listed or not.</summary>
    public DatasetFinding? FirstError { get; private set; }

    /// <summary>Whether another finding of this code would be listed, so that its reason is worth writing.</summary>
    public bool WillList(FindingCode code) => _counts[(int)code] < maxListedPerCode;

    /// <summary>Adds a finding.</summary>
    /// <param name="file">The file.</param>
    /// <param name="row">The row.</param>
    /// <param name="place">Where it begins.</param>
    /// <param name="finding">What was found.</param>
    /// <param name="bytes">The row's bytes, for the excerpt.</param>
    public void Add(string file, long row, RowPlace place, in PendingFinding finding, ReadOnlySpan<byte> bytes)
    {
        if (_counts[(int)finding.Code]++ >= maxListedPerCode && (FirstError is not null || finding.Severity != FindingSeverity.Error))
        {
            return;
        }

        (long? line, long? column) = place.Of(bytes, finding.Column);
        var listed = new DatasetFinding(Names[(int)finding.Code], file, row, finding.Reason)
        {
            Severity = finding.Severity,
            Line = line,
            Column = column,
            Path = finding.Path?.ToString(),
            Excerpt = withExcerpts && !bytes.IsEmpty ? Excerpt(bytes, finding.Column) : null,
        };
        FirstError ??= finding.Severity == FindingSeverity.Error ? listed : null;
        if (_counts[(int)finding.Code] <= maxListedPerCode)
        {
            _listed.Add(listed);
        }
    }

    /// <summary>What stands at a column, with everything that somebody may have said made unreadable.</summary>
    internal static string Excerpt(ReadOnlySpan<byte> row, long column)
    {
        int from = (int)Math.Clamp(column - 1 - (ExcerptBytes / 3), 0, Math.Max(0, row.Length - 1));
        string text = Encoding.UTF8.GetString(row.Slice(from, Math.Min(ExcerptBytes, row.Length - from)));
        var excerpt = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = at;
            while (end < text.Length && (char.IsLetter(text[end]) || text[end] == '_'))
            {
                end++;
            }

            string word = text[at..end];
            if (word.Length > 0)
            {
                _ = word is "messages" or "role" or "content" or "prompt" or "prompt_id" or "user" or "assistant" or "system" or "conversations" or "from"
                    or "value" or "instruction" or "input" or "output" or "completion" or "human" or "gpt" or "null" or "true" or "false"
                    ? excerpt.Append(word)
                    : excerpt.Append('x', word.Length);
                at = end;
            }
            else
            {
                // What is neither letter nor ASCII (a digit of another script, an emoji) says something, too.
                _ = excerpt.Append(char.IsDigit(text[at]) ? '0' : char.IsControl(text[at]) ? ' ' : char.IsAscii(text[at]) ? text[at] : 'x');
                at++;
            }
        }

        return excerpt.ToString();
    }
}

/// <summary>A finding of the row that is being read.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PendingFinding(FindingCode Code, FindingSeverity Severity, string Reason, long Column, RowPath? Path);
