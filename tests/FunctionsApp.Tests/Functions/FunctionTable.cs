using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace FineTune.FunctionsApp.Tests.Functions;

/// <summary>Every function of the app: its name, its method, its trigger.</summary>
internal static class FunctionTable
{
    public static IReadOnlyList<(string Name, MethodInfo Method, Attribute Trigger)> All { get; } =
    [
        .. from type in typeof(FineTuneServices).Assembly.GetTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           select (function.Name, method, method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes())
               .Single(attribute => attribute.GetType().Name.EndsWith("TriggerAttribute", StringComparison.Ordinal))),
    ];

    public static IEnumerable<(string Name, MethodInfo Method, T Trigger)> With<T>()
        where T : Attribute => All.Where(function => function.Trigger is T).Select(function => (function.Name, function.Method, (T)function.Trigger));
}
