namespace FineTune.Workflow.Ports;

/// <summary>What a run leaves for people to read: its report, dataset report, manifest, metric curves.</summary>
public interface IRunRecords
{
    /// <summary>Writes (or replaces) a record.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">The record's name: letters, digits, dashes, dots; no slash.</param>
    /// <param name="content">The content, read to its end.</param>
    /// <param name="contentType">Its media type.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Where it is, for people: a blob's address without credentials.</returns>
    Task<string> WriteAsync(string runId, string name, Stream content, string contentType, CancellationToken cancellationToken = default);

    /// <summary>Opens a record.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">The record's name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The record, or null when there is none.</returns>
    Task<RunRecord?> OpenAsync(string runId, string name, CancellationToken cancellationToken = default);
}
