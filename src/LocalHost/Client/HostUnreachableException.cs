namespace FineTune.LocalHost.Client;

/// <summary>No host answers, or it is not ready yet: asking again can help.</summary>
internal sealed class HostUnreachableException : Exception
{
    /// <summary>Nothing listens.</summary>
    public HostUnreachableException(Uri address, Exception innerException)
        : base($"No host answers at {address} ({innerException.Message}). Start one with 'finetune serve', or name another with --url.", innerException)
    {
    }

    /// <summary>It says itself that it is not ready.</summary>
    public HostUnreachableException(string message)
        : base(message)
    {
    }
}
