using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FineTune.FunctionsApp.Durable;

/// <summary>Services of one invocation.</summary>
internal static class InvocationServices
{
    /// <summary>Finds a service that works with the invocation's own client.</summary>
    public static T Get<T>(this FunctionContext context, DurableTaskClient client)
        where T : notnull
    {
        context.InstanceServices.GetRequiredService<InvocationClient>().Use(client);
        return context.InstanceServices.GetRequiredService<T>();
    }
}
