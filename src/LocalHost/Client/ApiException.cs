namespace FineTune.LocalHost.Client;

/// <summary>The host did not do what was asked; the message says why and what to do next.</summary>
/// <param name="message">For a person; may have several lines.</param>
/// <param name="innerException">The cause, if there is one.</param>
internal sealed class ApiException(string message, Exception? innerException = null) : Exception(message, innerException);
