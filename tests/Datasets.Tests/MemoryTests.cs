using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Tests;

/// <summary>Alone in its process: it counts what all threads allocate.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public class MemoryTests
{
    private const long Megabyte = 1_000_000;

    [Theory]
    [InlineData(100, RowSelection.First)]
    [InlineData(5, RowSelection.First)]
    [InlineData(5, RowSelection.Sample)]
    public async Task Memory_does_not_grow_with_the_file(double percent, RowSelection selection)
    {
        byte[] good = Encoding.UTF8.GetBytes(Workbench.Row("How \"long\"?", new string('x', 1500)) + "\n");
        long length = 64 * Megabyte / good.Length * good.Length;
        using Workbench bench = new Workbench()
            .Stream("train.jsonl", length, () => new RepeatingStream(good, length))
            .Jsonl("test.jsonl", Workbench.Rows(10));
        long before = GC.GetTotalAllocatedBytes(precise: true);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = percent, Selection = selection });

        Assert.Null(result.Refusal);
        Assert.Equal((64 * Megabyte / good.Length) + 10, result.Report.Rows);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 40 * Megabyte);
    }

    [Fact]
    public async Task A_line_without_end_is_not_gathered()
    {
        using Workbench bench = new Workbench { Limits = new DatasetLimits { MaxRowBytes = 1_000_000 } }
            .Stream("chat.jsonl", 64 * Megabyte, () => new RepeatingStream("{\"messages\":\""u8.ToArray(), 64 * Megabyte));
        long before = GC.GetTotalAllocatedBytes(precise: true);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal("RowTooLong", Assert.Single(result.Report.Findings).Code);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 20 * Megabyte);
    }
}
