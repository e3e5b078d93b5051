using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Model versions registered in the workspace.</summary>
public interface IModels
{
    /// <summary>Registers a model version. The same registration again changes nothing.</summary>
    /// <param name="model">What to register.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The version as the service shows it.</returns>
    Task<RegisteredModel> RegisterAsync(ModelRegistration model, CancellationToken cancellationToken = default);
}
