using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>
/// Which split a file's name stands for. The words and what may stand around them are those of Hugging Face's data files:
/// a whole word between anything that is no letter, so that <c>train_sft-00000-of-00003.parquet</c> and
/// <c>conversation.train.jsonl</c> are training files and <c>contest.jsonl</c> is no test file. Folders say nothing where file names do.
/// </summary>
internal static class SplitNames
{
    /// <summary>The split, or null when the name has no word for one.</summary>
    /// <exception cref="UpstreamException">The name has words for two different splits, or for one that there is no place for.</exception>
    public static SplitKind? Recognize(string name)
    {
        SplitKind? found = null;
        ReadOnlySpan<char> rest = Path.GetFileName(name.AsSpan());
        while (NextWord(ref rest, out ReadOnlySpan<char> word))
        {
            if (Meaning(word) is not { } kind)
            {
                continue;
            }

            ReadOnlySpan<char> ahead = rest;
            if (NextWord(ref ahead, out ReadOnlySpan<char> next) && IsAny(next, "gen", "generation"))
            {
                kind = kind switch
                {
                    SplitKind.Train => SplitKind.TrainGeneration,
                    SplitKind.Test => SplitKind.TestGeneration,
                    _ => throw DatasetErrors.SplitName(name, "a validation split for generation is not used by anything"),
                };
            }

            if (found is not null && found != kind)
            {
                throw DatasetErrors.SplitName(name, "its name has words for two different splits");
            }

            found = kind;
        }

        return found;
    }

    /// <summary>
    /// The splits by the folders of files, for files whose names say none: <c>data/train/0000.parquet</c>. Only a folder that files of the dataset
    /// differ in counts, and its whole name: a dataset that is kept in a folder <c>test</c> is no test split.
    /// </summary>
    public static IReadOnlyList<SplitKind?> RecognizeFolders(IReadOnlyList<string> names)
    {
        string[][] folders = [.. names.Select(name => name.Split('/')[..^1])];
        for (int level = 0; Array.TrueForAll(folders, path => path.Length > level); level++)
        {
            SplitKind?[] kinds = [.. folders.Select(path => FolderMeaning(path[level]))];
            if (Array.TrueForAll(kinds, kind => kind is not null) && kinds.Distinct().Skip(1).Any())
            {
                return kinds;
            }
        }

        return new SplitKind?[names.Count];
    }

    private static SplitKind? FolderMeaning(string folder)
    {
        bool generates = folder.EndsWith("_gen", StringComparison.OrdinalIgnoreCase);
        string word = generates ? folder[..^4] : folder.EndsWith("_sft", StringComparison.OrdinalIgnoreCase) ? folder[..^4] : folder;
        SplitKind? kind = Meaning(word);
        return !generates ? kind : kind switch
        {
            SplitKind.Train => SplitKind.TrainGeneration,
            SplitKind.Test => SplitKind.TestGeneration,
            _ => null,
        };
    }

    private static SplitKind? Meaning(ReadOnlySpan<char> word) =>
        IsAny(word, "train", "training") ? SplitKind.Train
        : IsAny(word, "validation", "valid", "val", "dev") ? SplitKind.Validation
        : IsAny(word, "test", "testing", "eval", "evaluation") ? SplitKind.Test
        : null;

    private static bool IsAny(ReadOnlySpan<char> word, params ReadOnlySpan<string> words)
    {
        foreach (string candidate in words)
        {
            if (word.Equals(candidate, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool NextWord(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int start = 0;
        while (start < rest.Length && !char.IsLetter(rest[start]))
        {
            start++;
        }

        int end = start;
        while (end < rest.Length && char.IsLetter(rest[end]))
        {
            end++;
        }

        word = rest[start..end];
        rest = rest[end..];
        return !word.IsEmpty;
    }
}
