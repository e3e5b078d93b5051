using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Rules;

public sealed class DroppedBlobsTests
{
    [Theory]
    [InlineData("incoming/chat.jsonl", DroppedBlobKind.Dataset)]
    [InlineData("incoming/chat.parquet", DroppedBlobKind.Dataset)]
    [InlineData("incoming/Chat 2.PARQUET", DroppedBlobKind.Dataset)]
    [InlineData("incoming/run.json.jsonl", DroppedBlobKind.Dataset)]
    [InlineData("incoming/chat.json", DroppedBlobKind.Dataset)]
    [InlineData("incoming/chat.CSV.gz", DroppedBlobKind.Dataset)]
    [InlineData("incoming/ultrachat/run.json", DroppedBlobKind.Folder)]
    [InlineData("incoming/2026/11/run.json", DroppedBlobKind.Folder)]
    [InlineData("incoming/chat.run.json", DroppedBlobKind.RunRequest)]
    [InlineData("incoming/chat.parquet.run.json", DroppedBlobKind.RunRequest)]
    [InlineData("incoming/ultrachat/train_sft.jsonl", DroppedBlobKind.FolderMember)]
    [InlineData("incoming/ultrachat/data/train_sft-00000.parquet", DroppedBlobKind.FolderMember)]
    public void Name_of_ours_has_its_meaning(string name, DroppedBlobKind kind) => Assert.Equal(kind, DroppedBlobs.Classify(name));

    [Theory]
    [InlineData("chat.jsonl", "not under incoming/")]
    [InlineData("Incoming/chat.jsonl", "not under incoming/")]
    [InlineData("shared/incoming/chat.jsonl", "not under incoming/")]
    [InlineData("incoming/readme.md", "no dataset (.jsonl, .parquet, .ndjson, .json, .csv, .tsv, ")]
    [InlineData("incoming/chat.parquet.gz", "no dataset")]
    [InlineData("incoming/dataset_info.json", "no dataset")]
    [InlineData("incoming/prepared/manifest.json", "no dataset")]
    [InlineData("incoming/prepared/train_sft.rows.csv", "no dataset")]
    [InlineData("incoming/.jsonl", "no dataset")]
    [InlineData("incoming/run.json", "<dataset>.run.json")]
    [InlineData("incoming/.run.json", "no dataset")]
    [InlineData("incoming/ultrachat/train.run.json", "its request is named run.json")]
    [InlineData("incoming/", "empty or made of dots")]
    [InlineData("incoming/ultrachat/", "empty or made of dots")]
    [InlineData("incoming//chat.jsonl", "empty or made of dots")]
    [InlineData("incoming/../chat.jsonl", "empty or made of dots")]
    public void Other_name_is_ignored_with_a_reason(string name, string reason)
    {
        Assert.Equal(DroppedBlobKind.Ignored, DroppedBlobs.Classify(name));
        Assert.Contains(reason, DroppedBlobs.IgnoredBecause(name), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_name_has_a_meaning_that_its_paths_agree_with() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), any =>
    {
        foreach (string name in (string[])[any ?? "", $"incoming/{any}", $"incoming/{any}.jsonl", $"incoming/{any}/run.json"])
        {
            DroppedBlobKind kind = DroppedBlobs.Classify(name);
            switch (kind)
            {
                case DroppedBlobKind.Dataset:
                    Assert.Equal(name, DroppedBlobs.DatasetPath(name));
                    Assert.All(DroppedBlobs.RequestNames(name), request => Assert.Equal(DroppedBlobKind.RunRequest, DroppedBlobs.Classify(request)));
                    break;
                case DroppedBlobKind.Folder:
                    string folder = DroppedBlobs.DatasetPath(name);
                    Assert.Equal(name, folder + "run.json");
                    Assert.Equal([name], DroppedBlobs.RequestNames(name));
                    Assert.Equal(DroppedBlobKind.FolderMember, DroppedBlobs.Classify(folder + "train.jsonl"));
                    break;
                case DroppedBlobKind.Ignored:
                    Assert.NotEmpty(DroppedBlobs.IgnoredBecause(name));
                    break;
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Request_that_names_the_extension_comes_first() =>
        Assert.Equal(["incoming/chat.parquet.run.json", "incoming/chat.run.json"], DroppedBlobs.RequestNames("incoming/chat.parquet"));

    [Theory]
    [InlineData("incoming/chat.jsonl.gz", "incoming/chat.jsonl.run.json")]
    [InlineData("incoming/chat.CSV.ZST", "incoming/chat.CSV.run.json")]
    public void Request_of_a_compressed_dataset_may_be_named_without_either_extension(string dataset, string withOne) =>
        Assert.Equal([dataset + ".run.json", withOne, "incoming/chat.run.json"], DroppedBlobs.RequestNames(dataset));

    [Fact]
    public void Run_id_of_a_drop_is_stable_and_fits_into_a_resource_name()
    {
        string id = RunIds.ForDrop(new DroppedDataset("datasets", "incoming/chat.jsonl", "0x8DC0FFEE"));

        // Committed: a change would start every dropped dataset again.
        Assert.Equal("run-6ba9df3e19c9830d", id);
        Assert.Equal(id, RunIds.ForDrop(new DroppedDataset("datasets", "incoming/chat.jsonl", "\"0x8DC0FFEE\"")));
        Assert.Matches("^run-[0-9a-f]{16}$", id);
    }

    [Fact]
    public void Run_ids_of_different_drops_differ() => Prop.ForAll(ArbMap.Default.ArbFor<Tuple<char, char, char>>(), parts =>
    {
        DroppedDataset drop = new($"c{parts.Item1}", $"n{parts.Item2}", $"e{parts.Item3}");
        string[] ids = [.. ((DroppedDataset[])
            [
                drop, drop with { Container = drop.Container + "x" }, drop with { Name = drop.Name + "x" }, drop with { ETag = "x" + drop.ETag },
                new(drop.Container + drop.Name, "n", drop.ETag), new(drop.Container, drop.Name + drop.ETag, "e"),
            ]).Distinct().Select(RunIds.ForDrop)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("incoming/chat.jsonl", "incoming/chat.jsonl.refused.html")]
    [InlineData("incoming/ultrachat/", "incoming/ultrachat/refused.html")]
    public void The_mark_of_a_refused_dataset_starts_nothing(string path, string mark)
    {
        Assert.Equal(mark, DroppedBlobs.RefusalMark(path));
        Assert.Equal(DroppedBlobKind.Ignored, DroppedBlobs.Classify(mark));
        Assert.Contains("refused", DroppedBlobs.IgnoredBecause(mark), StringComparison.Ordinal);
    }
}
