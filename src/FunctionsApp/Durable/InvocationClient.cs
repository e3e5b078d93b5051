using FineTune.Durable;
using Microsoft.DurableTask.Client;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Durable;

/// <summary>The client of one invocation: Durable Functions gives it to a function's binding, and to nobody else.</summary>
/// <param name="registry">Knows the version that new instances get.</param>
public sealed class InvocationClient(DurableTaskRegistry registry)
{
    private IOrchestrationClient? _orchestrations;

    /// <summary>The client.</summary>
    /// <exception cref="InvalidOperationException">The function did not hand over its binding.</exception>
    public IOrchestrationClient Orchestrations =>
        _orchestrations ?? throw new InvalidOperationException($"The function must call {nameof(Use)} with its DurableClient first.");

    /// <summary>Takes over the function's binding.</summary>
    /// <param name="client">What the binding gave.</param>
    public void Use(DurableTaskClient client) => _orchestrations = new DurableFunctionsClient(client, registry);
}
