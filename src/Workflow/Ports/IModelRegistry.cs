using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Reads of an Azure ML registry.</summary>
public interface IModelRegistry
{
    /// <summary>Resolves a base model; <c>latest</c> is the most recently created version that is not archived.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The model.</returns>
    /// <exception cref="UpstreamException">NotFound: no such version, or no active one (then the failure says that archived versions need an explicit number).</exception>
    Task<RegistryModel> GetModelAsync(ModelReference reference, CancellationToken cancellationToken = default);

    /// <summary>Resolves a component.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The component with its declared inputs.</returns>
    /// <exception cref="UpstreamException">NotFound: no such version.</exception>
    Task<RegistryComponent> GetComponentAsync(ComponentReference reference, CancellationToken cancellationToken = default);
}
