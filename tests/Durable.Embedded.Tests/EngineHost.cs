using FineTune.Durable.Embedded.Storage;
using Microsoft.Extensions.Logging;

namespace FineTune.Durable.Embedded.Tests;

/// <summary>A data directory of its own with virtual time; engines come and go on it.</summary>
internal sealed class EngineHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("durable-").FullName;

    public DurableTaskRegistry Registry { get; set; } = new();

    public TimeProvider Time { get; set; } = new SkippingTimeProvider(Start);

    public SkippingTimeProvider Skipping => (SkippingTimeProvider)Time;

    public RecordingLogger Logger { get; } = new();

    public string DatabasePath => Path.Combine(_directory, "engine.db");

    public DurableTaskEngine Engine { get; private set; } = null!;

    public IOrchestrationClient Client => Engine.Client;

    public Action<CommitPhase>? CommitHook { get; set; }

    public int MaxConcurrentActivities { get; set; } = 8;

    public int MaxHistoryEvents { get; set; } = 50_000;

    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromMinutes(5);

    public EngineHost AddOrchestrator<TInput, TOutput>(
        string name, Func<OrchestrationContext, TInput, Task<TOutput>> run, string version = "")
    {
        Registry.AddOrchestrator(new OrchestrationName<TInput, TOutput>(name), () => new DelegateOrchestration<TInput, TOutput>(run), version);
        return this;
    }

    public EngineHost AddActivity<TInput, TOutput>(string name, Func<TInput, TOutput> run) =>
        AddActivity<TInput, TOutput>(name, (_, input, _) => Task.FromResult(run(input)));

    public EngineHost AddActivity<TInput, TOutput>(string name, Func<ActivityContext, TInput, CancellationToken, Task<TOutput>> run)
    {
        Registry.AddActivity(new ActivityName<TInput, TOutput>(name), _ => new DelegateActivity<TInput, TOutput>(run));
        return this;
    }

    public DurableTaskEngine CreateEngine() => new(
        Registry,
        EmptyServices.Instance,
        new DurableTaskEngineOptions
        {
            DatabasePath = DatabasePath,
            TimeProvider = Time,
            MaxConcurrentActivities = MaxConcurrentActivities,
            MaxHistoryEvents = MaxHistoryEvents,
            ActivityLeaseDuration = LeaseDuration,
            CommitHook = CommitHook,
            FlushToDisk = false,
        },
        Logger);

    public async Task<EngineHost> StartAsync()
    {
        Engine = CreateEngine();
        await Engine.StartAsync(CancellationToken.None);
        return this;
    }

    /// <summary>Stops the engine in good order and starts another.</summary>
    public async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Drops the engine as a killed process would, and starts another.</summary>
    public async Task CrashAndRestartAsync()
    {
        await Engine.AbandonAsync();
        await Engine.DisposeAsync();
        await StartAsync();
    }

    public Task<bool> ScheduleAsync<TInput>(string name, TInput input, string id = "i") =>
        Client.ScheduleNewOrchestrationInstanceAsync(new OrchestrationName<TInput, object?>(name), input, id);

    public async Task<OrchestrationMetadata> RunAsync<TInput>(string name, TInput input, string id = "i")
    {
        Assert.True(await ScheduleAsync(name, input, id));
        return await Client.WaitForInstanceCompletionAsync(id);
    }

    /// <summary>Runs an instance that has to complete, and gives its output as JSON.</summary>
    public async Task<string?> RunToOutputAsync<TInput>(string name, TInput input, string id = "i")
    {
        OrchestrationMetadata metadata = await RunAsync(name, input, id);
        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ToString());
        return metadata.Output?.GetRawText();
    }

    public async ValueTask DisposeAsync()
    {
        if (Engine is not null)
        {
            await Engine.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    internal sealed class RecordingLogger : ILogger<DurableTaskEngine>
    {
        private readonly Lock _gate = new();
        private readonly List<(LogLevel Level, string Text)> _entries = [];

        public IReadOnlyList<(LogLevel Level, string Text)> Entries
        {
            get
            {
                lock (_gate)
                {
                    return [.. _entries];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate)
            {
                _entries.Add((logLevel, formatter(state, exception)));
            }
        }
    }

    private sealed class EmptyServices : IServiceProvider
    {
        public static readonly EmptyServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
