namespace FineTune.Durable.Embedded.Tests;

/// <summary>An orchestration written in place.</summary>
internal sealed class DelegateOrchestration<TInput, TOutput>(Func<OrchestrationContext, TInput, Task<TOutput>> run) : Orchestration<TInput, TOutput>
{
    public override Task<TOutput> RunAsync(OrchestrationContext context, TInput input) => run(context, input);
}

/// <summary>An activity written in place.</summary>
internal sealed class DelegateActivity<TInput, TOutput>(Func<ActivityContext, TInput, CancellationToken, Task<TOutput>> run) : Activity<TInput, TOutput>
{
    public override Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken) =>
        run(context, input, cancellationToken);
}
