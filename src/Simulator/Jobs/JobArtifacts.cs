using System.Text.Json;
using System.Text.Json.Serialization;
using FineTune.Simulator.Training;

namespace FineTune.Simulator.Jobs;

/// <summary>Files of jobs: the data sets while they are needed, the metrics and the trained model. Each appears whole or not at all.</summary>
internal sealed class JobArtifacts(string directory)
{
    private readonly string _root = Path.Combine(directory, "jobs");

    public string DataSet(string job, string split) => Path.Combine(DirectoryOf(job), split + ".jsonl");

    public async Task SaveDataSetAsync(string job, string split, Stream content, CancellationToken cancellationToken)
    {
        string path = DataSet(job, split);
        Directory.CreateDirectory(DirectoryOf(job));
        await using (FileStream file = File.Create(path + ".tmp"))
        {
            await content.CopyToAsync(file, cancellationToken);
            await file.FlushAsync(cancellationToken);
            RandomAccess.FlushToDisk(file.SafeFileHandle);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    public void SaveResult(string job, LanguageModel model, IReadOnlyList<MetricPoint> metrics)
    {
        Directory.CreateDirectory(DirectoryOf(job));
        Write(Path.Combine(DirectoryOf(job), "metrics.json"), stream =>
            JsonSerializer.Serialize(stream, [.. metrics], MetricsJsonContext.Default.MetricPointArray));
        Write(Path.Combine(DirectoryOf(job), "model.bin"), model.Save);
    }

    /// <summary>The metrics of a finished training, in the order in which they were measured; none if it never finished.</summary>
    public IReadOnlyList<MetricPoint> LoadMetrics(string job)
    {
        string path = Path.Combine(DirectoryOf(job), "metrics.json");
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream stream = File.OpenRead(path);
        return JsonSerializer.Deserialize(stream, MetricsJsonContext.Default.MetricPointArray) ?? [];
    }

    public LanguageModel LoadModel(string job)
    {
        using FileStream stream = File.OpenRead(Path.Combine(DirectoryOf(job), "model.bin"));
        return LanguageModel.Load(stream);
    }

    /// <summary>Keeps metrics without a model: of a training that failed.</summary>
    public void SaveMetrics(string job, IReadOnlyList<MetricPoint> metrics)
    {
        Directory.CreateDirectory(DirectoryOf(job));
        Write(Path.Combine(DirectoryOf(job), "metrics.json"), stream =>
            JsonSerializer.Serialize(stream, [.. metrics], MetricsJsonContext.Default.MetricPointArray));
    }

    public void RemoveDataSets(string job)
    {
        if (Directory.Exists(DirectoryOf(job)))
        {
            foreach (string file in Directory.EnumerateFiles(DirectoryOf(job), "*.jsonl*"))
            {
                File.Delete(file);
            }
        }
    }

    // Job names are letters, digits, dashes and underscores: safe as a folder. Their case does not count, so neither does the folder's.
    private string DirectoryOf(string job) => Path.Combine(_root, job.ToUpperInvariant());

    private static void Write(string path, Action<Stream> write)
    {
        using (FileStream stream = File.Create(path + ".tmp"))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }
}

/// <summary>Compiled serialisation of metrics.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(MetricPoint[]))]
internal sealed partial class MetricsJsonContext : JsonSerializerContext;
