namespace FineTune.Workflow.Ports;

/// <summary>An open record; disposing it closes the content.</summary>
/// <param name="Content">Its content.</param>
/// <param name="ContentType">Its media type.</param>
public sealed record RunRecord(Stream Content, string ContentType) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}
