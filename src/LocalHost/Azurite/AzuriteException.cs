namespace FineTune.LocalHost.Azurite;

/// <summary>Azurite can't be used; the message says why and what to do next.</summary>
/// <param name="message">For a person.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class AzuriteException(string message, Exception? innerException = null) : Exception(message, innerException);
