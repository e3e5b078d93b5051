using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Text;

/// <summary>Reads JSON Lines: each line that is not blank is a row.</summary>
internal sealed class JsonlReader(RowPipeline pipeline, DatasetLimits limits) : RecordReader(pipeline, limits)
{
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
}
