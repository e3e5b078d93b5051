namespace FineTune.LocalHost.Commands;

/// <summary>A command can't do its work; the message says why and what to do next. The process ends with exit code 1.</summary>
/// <param name="message">For a person; may have several lines.</param>
internal sealed class CommandFailedException(string message) : Exception(message);
