using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>The error shapes of Azure ML's services.</summary>
internal static class ErrorBodies
{
    public static JsonObject ResourceManager(ServiceException refusal, ServiceRequest request, string location)
    {
        static JsonObject Info(string type, JsonNode value) => new() { ["type"] = type, ["info"] = new JsonObject { ["value"] = value } };

        JsonObject error = new() { ["code"] = refusal.Code, ["message"] = refusal.Message };
        if (refusal.Target is not null)
        {
            error["target"] = refusal.Target;
        }

        error["details"] = new JsonArray([.. refusal.Problems.Select(problem => new JsonObject
        {
            ["code"] = problem.Code,
            ["message"] = problem.Message,
            ["target"] = problem.Path,
        })]);
        error["additionalInfo"] = new JsonArray(
            Info("ComponentName", "managementfrontend"),
            Info("Correlation", new JsonObject { ["operation"] = request.RequestId, ["request"] = request.RequestId }),
            Info("Environment", location),
            Info("Location", location),
            Info("Time", Stamp.Of(request.Now)));
        return new JsonObject { ["error"] = error };
    }

    public static JsonObject DataPlane(ServiceException refusal, ServiceRequest request, string location) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = refusal.Status is >= 400 and < 500 ? "UserError" : "ServiceError",
            ["severity"] = null,
            ["message"] = refusal.Message,
            ["messageFormat"] = null,
            ["messageParameters"] = null,
            ["innerError"] = new JsonObject { ["code"] = refusal.Code, ["innerError"] = null },
            ["debugInfo"] = null,
            ["additionalInfo"] = null,
        },
        ["correlation"] = new JsonObject { ["operation"] = request.RequestId, ["request"] = request.RequestId },
        ["environment"] = location,
        ["location"] = location,
        ["time"] = Stamp.Of(request.Now),
        ["componentName"] = "run-history",
    };

    public static JsonObject Mlflow(ServiceException refusal) => new()
    {
        ["error_code"] = refusal.Status switch
        {
            401 => "UNAUTHENTICATED",
            404 => "RESOURCE_DOES_NOT_EXIST",
            429 => "REQUEST_LIMIT_EXCEEDED",
            >= 500 => "INTERNAL_ERROR",
            _ => "INVALID_PARAMETER_VALUE",
        },
        ["message"] = refusal.Message,
    };
}
