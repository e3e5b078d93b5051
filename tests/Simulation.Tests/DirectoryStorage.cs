using FineTune.Simulator.Datastores;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Simulation.Tests;

/// <summary>Storage as files: the dropped datasets, the run records, and the datastore that the simulator reads. It outlives every crash.</summary>
internal sealed class DirectoryStorage(string root) : IDatasetSource, IRunRecords, IDatastoreUploads, IDatastoreBlobs
{
    public DatastoreAccount Account { get; } = new("directory", "localhost", "file", null);

    public void Drop(string name, string content)
    {
        string file = Place("datasets", name);
        File.WriteAllText(file, content);
    }

    public Task<IReadOnlyList<DatasetFile>> ListAsync(string path, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<DatasetFile>>([new DatasetFile(path, new FileInfo(Place("datasets", path)).Length)]);

    public Task<Stream> OpenReadAsync(DatasetFile file, CancellationToken cancellationToken = default) =>
        Task.FromResult<Stream>(File.OpenRead(Place("datasets", file.Name)));

    public Task MarkRefusedAsync(string path, string page, CancellationToken cancellationToken = default) =>
        File.WriteAllTextAsync(Place("datasets", Workflow.Rules.DroppedBlobs.RefusalMark(path)), page, cancellationToken);

    public Task ClearRefusalAsync(string path, CancellationToken cancellationToken = default)
    {
        File.Delete(Place("datasets", Workflow.Rules.DroppedBlobs.RefusalMark(path)));
        return Task.CompletedTask;
    }

    public Task<RunRequestFile?> ReadRunRequestAsync(DroppedDataset drop, CancellationToken cancellationToken = default) =>
        Task.FromResult<RunRequestFile?>(null);

    public async Task<string> WriteAsync(string runId, string name, Stream content, string contentType, CancellationToken cancellationToken = default)
    {
        string file = Place("runs", $"{runId}/{name}");
        string temporary = $"{file}.{Guid.NewGuid():N}";
        await using (FileStream output = File.Create(temporary))
        {
            await content.CopyToAsync(output, cancellationToken);
        }

        File.Move(temporary, file, overwrite: true);
        return file;
    }

    public Task<RunRecord?> OpenAsync(string runId, string name, CancellationToken cancellationToken = default)
    {
        string file = Place("runs", $"{runId}/{name}");
        return Task.FromResult(File.Exists(file) ? new RunRecord(File.OpenRead(file), "application/octet-stream") : null);
    }

    public async Task<string> UploadAsync(Stream content, string contentHash, string fileName, CancellationToken cancellationToken = default)
    {
        await WriteAsync("../datastore/LocalUpload/" + contentHash, fileName, content, "", cancellationToken);
        return $"azureml://datastores/workspaceblobstore/paths/LocalUpload/{contentHash}/{fileName}";
    }

    public Task CheckAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task CreateContainerAsync(string container, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken)
    {
        string file = Place("datastore", path);
        return Task.FromResult<Stream?>(File.Exists(file) ? File.OpenRead(file) : null);
    }

    private string Place(string folder, string name)
    {
        string file = Path.GetFullPath(Path.Combine(root, folder, name));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }
}
