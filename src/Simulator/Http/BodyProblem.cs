namespace FineTune.Simulator.Http;

/// <summary>Something wrong in a request body: one of a refusal's <c>details</c>.</summary>
/// <param name="Code">Its kind.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Path">Where.</param>
internal sealed record BodyProblem(string Code, string Message, string Path);
