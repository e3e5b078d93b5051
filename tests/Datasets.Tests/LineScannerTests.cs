using System.Text;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Tests;

public sealed class LineScannerTests
{
    [Fact]
    public void Lines_that_are_left_for_later_take_one_entry_however_many_they_are()
    {
        string row = Workbench.Row("Q");
        string text = $"{new string('\n', 1_000_000)}{row}\r\n{row}\nno JSON\n[]\n\n{row}\n";
        var scanner = new LineScanner(new DatasetOptions(), new TokenCounter(new DatasetOptions(), 0), isTrainedOn: true);

        scanner.Scan(Encoding.UTF8.GetBytes(text));

        Assert.Equal(
            [(false, new string('\n', 1_000_000)), (true, row), (true, row), (false, "no JSON\n[]\n\n"), (true, row)],
            scanner.Lines.ToArray().Select(line => (line.IsClean, text.Substring(line.Start, line.Length))));
    }
}
