using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

/// <summary>Links are made by whoever made the folder, who may want to read more than is given.</summary>
public sealed class LocalDatasetTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("finetune links ").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("snapshots/abc")]
    [InlineData("snapshots/abc/data")]
    [InlineData("snapshots")]
    [InlineData("")]
    public async Task A_dataset_in_Hugging_Faces_cache_is_read_through_its_links(string given)
    {
        Cache("abc");

        IReadOnlyList<DatasetFile> files = LocalDataset.Find([Full("datasets--chat/" + given)]);

        Assert.Equal(["test-00000-of-00001.jsonl", "train-00000-of-00001.jsonl"], files.Select(file => Path.GetFileName(file.Name)));
        Assert.Equal([4L, 5L], files.Select(file => file.Length));
        await using Stream content = await LocalDataset.OpenAsync(files[1]);
        Assert.Equal(5, content.Length);
    }

    [Fact]
    public async Task Parquet_in_Hugging_Faces_cache_is_read_where_it_lies()
    {
        using var bench = new Workbench();
        Write("repo/blobs/1234", bench.ParquetBytes("SELECT [{'role': 'user', 'content': 'Q' || range}, {'role': 'assistant', 'content': 'A'}] AS messages FROM range(50)"));
        Link("repo/snapshots/abc/data/chat.parquet", "../../../blobs/1234");

        IReadOnlyList<DatasetFile> files = LocalDataset.Find([Full("repo/snapshots/abc")]);
        DatasetPreparationResult result = await new DatasetPreparation(TimeProvider.System).PrepareAsync(
            files, LocalDataset.OpenAsync, Workbench.All, Directory.CreateDirectory(Full("out")).FullName);

        Assert.Equal(50, result.Splits.Sum(split => split.Rows));
    }

    [Fact]
    public void A_cache_that_holds_several_snapshots_is_refused_by_their_names()
    {
        Cache("abc");
        Link("datasets--chat/snapshots/def/train.jsonl", "../../blobs/1111");

        Failure failure = Refused("datasets--chat");

        Assert.Equal("DatasetSnapshotUnclear", failure.Code);
        Assert.Contains("abc", failure.Message, StringComparison.Ordinal);
        Assert.Contains("def", failure.Message, StringComparison.Ordinal);
        Assert.Single(LocalDataset.Find([Full("datasets--chat/snapshots/def")]));
    }

    [Theory]
    [InlineData("given/train.jsonl", "../secret/key.jsonl")]
    [InlineData("given/train.jsonl", "../secret/key")]
    [InlineData("given/deep/er/train.jsonl", "../../../secret/key")]
    [InlineData("given/train.jsonl", "inner/../../secret/key")]
    [InlineData("given/more", "../secret")]
    [InlineData("given/up", "../../../../../..")]
    [InlineData("given/train.jsonl", "/etc/hostname")]
    [InlineData("given/train.jsonl", "../given2/key")]
    [InlineData("given/train.jsonl", "missing")]
    [InlineData("given/train.jsonl", "train.jsonl")]
    public void A_link_that_leads_elsewhere_or_nowhere_is_refused_by_its_name(string link, string target)
    {
        Write("given/inner/chat.jsonl", "rows"u8);
        Write("secret/key.jsonl", "rows"u8);
        Write("secret/key", "rows"u8);
        Write("given2/key", "rows"u8);
        Link(link, target);

        Failure failure = Refused("given");

        Assert.Equal("DatasetLinkRefused", failure.Code);
        Assert.Contains(Path.GetFileName(link), failure.Where, StringComparison.Ordinal);
        Assert.NotNull(failure.NextStep);
    }

    [Fact]
    public void A_link_through_a_linked_folder_that_leads_elsewhere_is_refused()
    {
        Write("given/chat.jsonl", "rows"u8);
        Write("secret/key", "rows"u8);
        Link("given/.hidden", "../secret");
        Link("given/train.jsonl", ".hidden/key");

        Assert.Equal("DatasetLinkRefused", Refused("given").Code);
    }

    [Fact]
    public void A_cache_lends_only_its_blobs_and_only_to_its_snapshots()
    {
        Cache("abc");
        Write("datasets--chat/refs/main", "abc"u8);
        Link("datasets--chat/snapshots/abc/refs.jsonl", "../../refs/main");
        Write("datasets--chat/given/chat.jsonl", "rows"u8);
        Link("datasets--chat/given/train.jsonl", "../blobs/1111");

        Assert.Equal("DatasetLinkRefused", Refused("datasets--chat/snapshots/abc").Code);
        Assert.Equal("DatasetLinkRefused", Refused("datasets--chat/given").Code);
    }

    [Fact]
    public void Links_within_the_folder_are_read_once()
    {
        Write("given/a.jsonl", "rows"u8);
        Write("given/.store/1234", "other rows"u8);
        Link("given/b.jsonl", "a.jsonl");
        Link("given/c.jsonl", ".store/1234");
        Link("given/notes.txt", "/etc/hostname");
        Link("given/inner/circle", "..");
        Link("given/inner/self", ".");

        Assert.Equal(["a.jsonl", "c.jsonl"], LocalDataset.Find([Full("given")]).Select(file => Path.GetRelativePath(Full("given"), file.Name)));
    }

    [Fact]
    public void Links_that_lead_in_a_circle_end_with_an_error()
    {
        Write("given/chat.jsonl", "rows"u8);
        Link("given/a", "b/x");
        Link("given/b", "a/y");
        Link("given/train.jsonl", "a/z");

        Assert.Equal("DatasetLinkRefused", Refused("given").Code);
        Assert.Throws<IOException>(() => RealPath.Of(Full("given/a/z")));
    }

    [Fact]
    public void What_is_given_by_name_may_be_a_link()
    {
        Write("elsewhere/chat.jsonl", "rows"u8);
        Link("link.jsonl", "elsewhere/chat.jsonl");
        Link("folder", "elsewhere");

        Assert.Equal([Name("link.jsonl"), Name("folder/chat.jsonl")], LocalDataset.Find([Full("link.jsonl"), Full("folder")]).Select(file => file.Name));
        Assert.All(LocalDataset.Find([Full("link.jsonl")]), file => Assert.Equal(4, file.Length));
    }

    private void Cache(string revision)
    {
        Write("datasets--chat/blobs/1111", "train"u8);
        Write("datasets--chat/blobs/2222", "test"u8);
        Link($"datasets--chat/snapshots/{revision}/data/train-00000-of-00001.jsonl", "../../../blobs/1111");
        Link($"datasets--chat/snapshots/{revision}/data/test-00000-of-00001.jsonl", "../../../blobs/2222");
    }

    private Failure Refused(string folder)
    {
        var exception = Assert.Throws<UpstreamException>(() => LocalDataset.Find([Full(folder)]));
        Assert.Equal(OutcomeKind.Invalid, exception.Kind);
        return exception.Failure;
    }

    private string Full(string name) => Path.Combine(_root, name);

    private string Name(string name) => Full(name).Replace(Path.DirectorySeparatorChar, '/');

    private void Write(string name, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(name))!);
        File.WriteAllBytes(Full(name), content);
    }

    private void Link(string name, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(name))!);
        File.CreateSymbolicLink(Full(name), target);
    }
}
