namespace FineTune.Simulator.Http;

/// <summary>The service refuses a request. Rendered in the error shape of the service that was called.</summary>
internal sealed class ServiceException(int status, string code, string message, string? target = null, int? retryAfterSeconds = null)
    : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? Target { get; } = target;

    public int? RetryAfterSeconds { get; } = retryAfterSeconds;

    /// <summary>All that is wrong with the body, if that is why.</summary>
    public IReadOnlyList<BodyProblem> Problems { get; init; } = [];

    public static ServiceException BadRequest(string message, string? target = null) => new(400, "BadRequest", message, target);

    public static ServiceException UserError(string message, string? target = null) => new(400, "UserError", message, target);

    public static ServiceException NotFound(string message) => new(404, "ResourceNotFound", message);

    public static ServiceException Conflict(string message) => new(409, "Conflict", message);
}
