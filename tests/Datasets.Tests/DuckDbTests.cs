using FineTune.Datasets.Parquet;

namespace FineTune.Datasets.Tests;

public sealed class DuckDbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("finetune duckdb ").FullName;

    private string Allowed => Path.Combine(_folder, "source.parquet");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_database_reads_one_file_and_nothing_else()
    {
        string other = Path.Combine(_folder, "other.parquet");
        using (var free = new DuckDbConnection([]))
        {
            free.Execute($"COPY (SELECT 1 AS n) TO {DuckDbConnection.Literal(Allowed)} (FORMAT parquet)");
            free.Execute($"COPY (SELECT 1 AS n) TO {DuckDbConnection.Literal(other)} (FORMAT parquet)");
        }

        using DuckDbConnection connection = ParquetReader.Open(Allowed, Path.Combine(_folder, "spill"), new DatasetLimits());

        connection.Execute($"SELECT * FROM read_parquet({DuckDbConnection.Literal(Allowed)})");
        Assert.All(
            [
                $"SELECT * FROM read_parquet({DuckDbConnection.Literal(other)})",
                $"SELECT * FROM read_text({DuckDbConnection.Literal(other)})",
                $"COPY (SELECT 1) TO {DuckDbConnection.Literal(Path.Combine(_folder, "out.csv"))}",
                $"ATTACH {DuckDbConnection.Literal(Path.Combine(_folder, "other.db"))}",
                "INSTALL httpfs",
                "LOAD httpfs",
                "SET enable_external_access = true",
                "SET memory_limit = '10GB'",
                "SET allowed_paths = ['/']",
            ],
            sql => Assert.Throws<DuckDbException>(() => connection.Execute(sql)));
    }

    [Fact]
    public async Task A_query_can_be_interrupted_from_outside()
    {
        using var connection = new DuckDbConnection([]);
        Task query = Task.Run(() => connection.Execute("SELECT count(*) FROM range(100000000) a(x), range(100000000) b(y) WHERE hash(x, y) = 1"));
        while (!query.IsCompleted)
        {
            connection.Interrupt();
            await Task.Yield();
        }

        // Interrupted while it was prepared, DuckDB gives no error type.
        Assert.Contains("Interrupt", (await Assert.ThrowsAsync<DuckDbException>(() => query)).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_setting_that_does_not_exist_is_an_error() =>
        Assert.Contains("no_such_setting", Assert.Throws<DuckDbException>(() => new DuckDbConnection([new("no_such_setting", "1")])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_query_that_fails_on_the_way_is_an_error_after_its_first_rows()
    {
        using var connection = new DuckDbConnection([new("threads", "1")]);
        using DuckDbResult result = connection.Query("SELECT CASE WHEN i = 5000000 THEN error('late') ELSE i END FROM range(6000000) t(i)");

        DuckDbException exception = Assert.Throws<DuckDbException>(() =>
        {
            while (result.Next() is { } chunk)
            {
                chunk.Dispose();
            }
        });

        Assert.Contains("late", exception.Message, StringComparison.Ordinal);
    }
}
