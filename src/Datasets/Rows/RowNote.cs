namespace FineTune.Datasets.Rows;

/// <summary>Something seen in valid rows that is worth a warning: how often, and where first.</summary>
internal sealed class RowNote
{
    public long Count { get; private set; }

    public string? FirstFile { get; private set; }

    public long FirstRow { get; private set; }

    public void Add(string file, long row)
    {
        if (Count++ == 0)
        {
            FirstFile = file;
            FirstRow = row;
        }
    }
}
