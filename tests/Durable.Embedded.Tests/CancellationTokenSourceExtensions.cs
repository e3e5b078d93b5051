using System.Diagnostics.CodeAnalysis;

namespace FineTune.Durable.Embedded.Tests;

internal static class CancellationTokenSourceExtensions
{
    /// <summary>Cancels as orchestrations must.</summary>
    [SuppressMessage("Performance", "CA1849:Call async methods when in an async method", Justification = "CancelAsync would run the callbacks on another thread.")]
    public static void CancelOnThisThread(this CancellationTokenSource source) => source.Cancel();
}
