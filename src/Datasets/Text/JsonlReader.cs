using System.Runtime.InteropServices;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Output;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Text;

/// <summary>
/// Reads JSON Lines: each line that is not blank is a row. The lines that are whole in a block are read ahead, several blocks at the same time;
/// what depends on the order of rows is done here, block by block.
/// </summary>
internal sealed class JsonlReader(RowPipeline pipeline, DatasetLimits limits) : RecordReader(pipeline, limits)
{
    /// <summary>Rows between the one that is taken and the one whose duplicates are looked up next.</summary>
    private const int PrefetchRows = 4;

    /// <inheritdoc/>
    public override async Task ReadAsync(ReadOnlyMemory<byte> first, BlockReader blocks, SplitSet splits)
    {
        var ahead = new Queue<Scan>();
        var idle = new Stack<LineScanner>();
        ReadOnlyMemory<byte> next = first;
        try
        {
            while (true)
            {
                while (ahead.Count < BlockReader.MaxAhead && !next.IsEmpty)
                {
                    ahead.Enqueue(Start(next, idle.TryPop(out LineScanner? scanner) ? scanner : Pipeline.CreateScanner()));
                    next = await blocks.ReadAsync();
                }

                if (!ahead.TryPeek(out Scan scan))
                {
                    break;
                }

                await scan.Done;
                Take(scan);
                idle.Push(ahead.Dequeue().Scanner);
                blocks.Release();
                await splits.FlushIfFullAsync();
            }
        }
        finally
        {
            await Task.WhenAll(ahead.Select(scan => scan.Done)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        End();
        await splits.FlushIfFullAsync();
    }

    protected override void Consume(ReadOnlySpan<byte> block)
    {
        while (block.IndexOf((byte)'\n') is >= 0 and int length)
        {
            EndLine(block[..length]);
            block = block[(length + 1)..];
        }

        if (!block.IsEmpty)
        {
            Keep(block);
        }
    }

    protected override void End()
    {
        if (HasBegun)
        {
            EndLine([]);
        }
    }

    /// <summary>Starts to read the lines of a block but for the first, which may have begun before, and what is left at the end.</summary>
    private static Scan Start(ReadOnlyMemory<byte> block, LineScanner scanner)
    {
        int start = block.Span.IndexOf((byte)'\n') + 1;
        ReadOnlyMemory<byte> lines = block[start..(block.Span.LastIndexOf((byte)'\n') + 1)];
        return new Scan(block, start, lines.Length, scanner, Task.Run(() => scanner.Scan(lines.Span)));
    }

    private void Take(in Scan scan)
    {
        ReadOnlySpan<byte> block = scan.Block.Span;
        Consume(block[..scan.Start]);
        ReadOnlySpan<byte> text = block.Slice(scan.Start, scan.Length);
        ReadOnlySpan<ScannedLine> lines = scan.Scanner.Lines;
        for (int i = 0; i < lines.Length; i++)
        {
            if (i + PrefetchRows < lines.Length && lines[i + PrefetchRows].IsClean)
            {
                Pipeline.Prefetch(in lines[i + PrefetchRows]);
            }

            ref readonly ScannedLine line = ref lines[i];
            ReadOnlySpan<byte> bytes = text.Slice(line.Start, line.Length);
            if (line.IsClean)
            {
                Pipeline.Clean(bytes, ++Number, in line);
            }
            else
            {
                Consume(bytes);
            }
        }

        Consume(block[(scan.Start + scan.Length)..]);
    }

    private void EndLine(ReadOnlySpan<byte> end)
    {
        Number++;
        ReadOnlySpan<byte> line = Join(end, out bool isTooLong);
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        if (isTooLong || line.Length > Limits.MaxRowBytes)
        {
            TooLong();
        }
        else if (line.IndexOfAnyExcept(" \t\r"u8) >= 0)
        {
            Pipeline.Json(line, Number);
        }
    }

    /// <summary>A block whose lines are read.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Scan(ReadOnlyMemory<byte> Block, int Start, int Length, LineScanner Scanner, Task Done);
}
