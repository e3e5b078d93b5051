using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Output;

/// <summary>The files of one preparation: those of the sink, and temporary ones that nobody sees.</summary>
/// <param name="sink">Takes the files.</param>
/// <param name="temporaryDirectory">For the temporary ones; created when it is needed.</param>
internal sealed class OutputFiles(IDatasetSink sink, string temporaryDirectory)
{
    private readonly List<string> _names = [];

    /// <summary>Where the temporary files are.</summary>
    public string TemporaryDirectory => temporaryDirectory;

    /// <summary>Tells the sink that a split is complete.</summary>
    public Task CompleteAsync(PreparedSplit split, CancellationToken cancellationToken) => sink.CompleteAsync(split, cancellationToken);

    /// <summary>Starts a file of the sink.</summary>
    public Task<Stream> CreateAsync(string fileName, CancellationToken cancellationToken)
    {
        _names.Add(fileName);
        return sink.CreateAsync(fileName, cancellationToken);
    }

    /// <summary>Creates a file that is gone when it is closed.</summary>
    public FileStream CreateTemporary(int bufferSize = 0)
    {
        _ = Directory.CreateDirectory(temporaryDirectory);
        return new FileStream(Path.Combine(temporaryDirectory, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize, FileOptions.DeleteOnClose);
    }

    /// <summary>Takes a file back.</summary>
    public async Task DiscardAsync(string fileName)
    {
        if (_names.Remove(fileName))
        {
            await sink.DiscardAsync(fileName);
        }
    }

    /// <summary>Takes everything back.</summary>
    public async Task DiscardAsync()
    {
        foreach (string name in _names)
        {
            await sink.DiscardAsync(name);
        }
    }

    /// <summary>Removes the temporary folder.</summary>
    public void DeleteTemporary()
    {
        if (Directory.Exists(temporaryDirectory))
        {
            Directory.Delete(temporaryDirectory, recursive: true);
        }
    }
}
