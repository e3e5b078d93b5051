namespace FineTune.Simulator.Http;

/// <summary>Maps routes under the prefixes of Azure ML's services.</summary>
internal sealed class ServiceRoutes(IEndpointRouteBuilder builder, Dispatcher dispatcher)
{
    private const string Provider = "/providers/Microsoft.MachineLearningServices";
    private const string WorkspaceScope = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}" + Provider + "/workspaces/{workspaceName}";

    /// <summary>Below the workspace in Azure Resource Manager.</summary>
    public void Workspace(string method, string pattern, Func<ServiceRequest, ServiceResponse> handler, BodyShape? shape = null) =>
        Map(method, WorkspaceScope + pattern, dispatcher.Handle(ServicePlane.ResourceManager, handler, shape));

    /// <summary>Below the workspace in Azure Resource Manager, for handlers that wait.</summary>
    public void WorkspaceAsync(string method, string pattern, Func<ServiceRequest, ValueTask<ServiceResponse>> handler, BodyShape? shape = null) =>
        Map(method, WorkspaceScope + pattern, dispatcher.HandleAsync(ServicePlane.ResourceManager, handler, shape));

    /// <summary>Below the region in Azure Resource Manager.</summary>
    public void Location(string method, string pattern, Func<ServiceRequest, ServiceResponse> handler) =>
        Map(
            method,
            "/subscriptions/{subscriptionId}" + Provider + "/locations/{location}" + pattern,
            dispatcher.Handle(ServicePlane.ResourceManager, handler));

    /// <summary>Below the workspace in run history.</summary>
    public void RunHistory(string method, string pattern, Func<ServiceRequest, ValueTask<ServiceResponse>> handler) =>
        Map(method, "/history/v1.0" + WorkspaceScope + pattern, dispatcher.HandleAsync(ServicePlane.DataPlane, handler));

    /// <summary>Below the workspace in MLflow.</summary>
    public void Mlflow(string method, string pattern, Func<ServiceRequest, ValueTask<ServiceResponse>> handler) =>
        Map(method, "/mlflow/{mlflowVersion}" + WorkspaceScope + "/api/2.0/mlflow" + pattern, dispatcher.HandleAsync(ServicePlane.Mlflow, handler));

    /// <summary>Anywhere else.</summary>
    public void Other(ServicePlane plane, string method, string pattern, Func<ServiceRequest, ServiceResponse> handler) =>
        Map(method, pattern, dispatcher.Handle(plane, handler));

    /// <summary>Anywhere else, for handlers that wait.</summary>
    public void OtherAsync(ServicePlane plane, string method, string pattern, Func<ServiceRequest, ValueTask<ServiceResponse>> handler) =>
        Map(method, pattern, dispatcher.HandleAsync(plane, handler));

    /// <summary>What no route matches.</summary>
    public void Fallback() => builder.MapFallback(dispatcher.Handle(
        ServicePlane.ResourceManager,
        static _ => throw ServiceException.NotFound("The simulator has no such operation. It knows those of the fine-tune flow.")));

    private void Map(string method, string pattern, RequestDelegate handler) => builder.MapMethods(pattern, [method], handler);
}
