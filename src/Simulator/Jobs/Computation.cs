using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;
using FineTune.Simulator.Training;

namespace FineTune.Simulator.Jobs;

/// <summary>
/// The real work behind jobs: reads the data sets when the first step starts, and trains, one job after the other, on one background thread.
/// What comes out is written into the job's document; when it is seen is decided by <see cref="PipelineTimeline"/>.
/// A training that the death of the process cut off is done again from the same rows with the same seed, and what somebody saw of the job
/// before is kept with it, so nobody can tell.
/// </summary>
internal sealed partial class Computation : IAsyncDisposable
{
    private const long WorthCollecting = 32 * 1024 * 1024;

    private readonly SimulatedWorkspace _workspace;
    private readonly ResourceStore _store;
    private readonly IDatastoreBlobs? _blobs;
    private readonly JobArtifacts _artifacts;
    private readonly TimeProvider _time;
    private readonly ILogger<Computation> _logger;
    private readonly Dictionary<string, Work> _active = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _slot = new(1);
    private readonly CancellationTokenSource _stopping = new();

    public Computation(
        SimulatedWorkspace workspace, ResourceStore store, IDatastoreBlobs? blobs, JobArtifacts artifacts, TimeProvider time, ILogger<Computation> logger)
    {
        (_workspace, _store, _blobs, _artifacts, _time, _logger) = (workspace, store, blobs, artifacts, time, logger);
    }

    /// <summary>Jobs that are being computed or wait for it.</summary>
    public int Pending
    {
        get
        {
            lock (_store.Gate)
            {
                return _active.Count;
            }
        }
    }

    /// <summary>Called on the training's thread after each metric: lets a test stop the work in its middle.</summary>
    public Action<CancellationToken>? Measured { get; set; }

    /// <summary>Takes up the jobs that an earlier process left.</summary>
    public void Resume()
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_store.Gate)
        {
            foreach (JobRecord job in _store.All<JobRecord>().OrderBy(job => job.SubmittedAt).ToList())
            {
                Schedule(job, now);
            }
        }
    }

    /// <summary>Starts the job's work when its first step starts. The caller holds the store's gate.</summary>
    public void Schedule(JobRecord job, DateTimeOffset now)
    {
        if (!IsNeeded(job, now) || _active.ContainsKey(job.Name))
        {
            return;
        }

        Work work = new(job.Name, job.Steps[PipelineSteps.ValidationIndex].Running, _stopping.Token)
        {
            LastSeen = _store.Find<SightingRecord>(SightingRecord.KeyOf(job.Name))?.At ?? default,
        };
        _active.Add(job.Name, work);
        if (work.Due <= now)
        {
            Start(work);
        }
        else
        {
            work.Timer = _time.CreateTimer(
                _ =>
                {
                    lock (_store.Gate)
                    {
                        Start(work);
                    }
                },
                null,
                work.Due - now,
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Gives up the job's work. The caller holds the store's gate.</summary>
    public void Stop(string job)
    {
        if (_active.TryGetValue(job, out Work? work))
        {
            work.Cancellation.Cancel();
            if (work.Task is null)
            {
                Forget(work);
            }
        }
    }

    /// <summary>
    /// The job now. Whatever is seen here stays true, also for the next process: a step seen running is not over earlier.
    /// The caller holds the store's gate.
    /// </summary>
    public JobView View(JobRecord job, DateTimeOffset now)
    {
        JobView view = PipelineTimeline.At(job, now);

        // Only a look at a step whose work is being computed can decide its end; nothing is written for the others.
        if (!view.IsTerminal && Outstanding(job) is { } step && view.Steps[step].Started is not null
            && _active.TryGetValue(job.Name, out Work? work) && now > work.LastSeen)
        {
            _store.Save(new SightingRecord(job.Name, now));
            work.LastSeen = now;
        }

        return view;
    }

    /// <summary>Answers a request that looks at jobs: first starts what is due and, where time is virtual, waits for it.</summary>
    public async ValueTask<ServiceResponse> ObserveAsync(ServiceRequest request, Func<ServiceResponse> answer)
    {
        await SettleAsync(request.Now, request.Aborted);
        lock (_store.Gate)
        {
            return answer();
        }
    }

    /// <summary>Starts what is due and, where time is virtual, waits for it: to be done before somebody looks at jobs.</summary>
    public async ValueTask SettleAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        List<Task> running = [];
        lock (_store.Gate)
        {
            foreach (Work work in _active.Values)
            {
                if (work.Due <= now)
                {
                    running.Add(Start(work));
                }
            }
        }

        TimeSpan patience = _workspace.Options.TrainingWait;
        if (patience > TimeSpan.Zero && running.Count > 0)
        {
            try
            {
                await Task.WhenAll(running).WaitAsync(patience, TimeProvider.System, cancellationToken);
            }
            catch (TimeoutException)
            {
                LogSlow(_logger, patience);
            }
        }
    }

    /// <summary>Ends when no work is going on that has started.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task[] running;
            lock (_store.Gate)
            {
                running = [.. _active.Values.Select(work => work.Task).OfType<Task>()];
            }

            if (running.Length == 0)
            {
                return;
            }

            await Task.WhenAll(running).WaitAsync(cancellationToken);
        }
    }

    /// <summary>What the training step has logged up to a moment. The caller holds the store's gate.</summary>
    public IEnumerable<TimedMetric> Metrics(JobRecord job, DateTimeOffset now)
    {
        RunView step = View(job, now).Steps[PipelineSteps.FineTuneIndex];
        if (step.Started is not { } started)
        {
            return [];
        }

        MetricPoint[] points = _active.TryGetValue(job.Name, out Work? work) && job.Training is null
            ? work.MetricsSoFar()
            : [.. _artifacts.LoadMetrics(job.Name)];
        JobStep plan = job.Steps[PipelineSteps.FineTuneIndex];
        TimeSpan duration = plan.Finalizing - plan.Running;
        int maxSteps = PipelineSteps.Integer(job, "max_steps", -1);
        int epochs = PipelineSteps.Integer(job, "num_train_epochs", 1);
        DateTimeOffset until = step.Ended is { } ended && ended < now ? ended : now;
        return points
            .Select(point => new TimedMetric(point, started + (duration * Fraction(point, maxSteps, epochs))))
            .Where(metric => metric.Time <= until);
    }

    public async ValueTask DisposeAsync()
    {
        List<Task> running = [];
        await _stopping.CancelAsync();
        lock (_store.Gate)
        {
            foreach (Work work in _active.Values.ToList())
            {
                if (work.Task is null)
                {
                    Forget(work);
                }
                else
                {
                    running.Add(work.Task);
                }
            }
        }

        await Task.WhenAll(running);
        _slot.Dispose();
        _stopping.Dispose();
    }

    private static double Fraction(MetricPoint point, int maxSteps, int epochs) =>
        Math.Clamp(maxSteps > 0 ? (double)point.Step / maxSteps : point.Epoch / epochs, 0, 1);

    private static bool IsNeeded(JobRecord job, DateTimeOffset now) =>
        (job.Data is null || (job.Data.Failure is null && job.Training is null && Trains(job)))
        && job.CancelRequestedAt is null
        && !job.IsGone(now)
        && !PipelineTimeline.At(job, now).IsTerminal
        && job.Failure is not { At: null, Step: PipelineSteps.ValidationIndex };

    /// <summary>The step whose work is not done, or none.</summary>
    private static int? Outstanding(JobRecord job) => job switch
    {
        { Data: null } => PipelineSteps.ValidationIndex,
        { Data.Failure: null, Training: null } => PipelineSteps.FineTuneIndex,
        _ => null,
    };

    /// <summary>Whether the job gets as far as its training.</summary>
    private static bool Trains(JobRecord job) =>
        job.Failure is not { } failure || (failure.Step >= PipelineSteps.FineTuneIndex && !(failure.At is null && failure.Step == PipelineSteps.FineTuneIndex));

    /// <summary>The caller holds the store's gate.</summary>
    private Task Start(Work work)
    {
        if (work.Task is null)
        {
            work.Timer?.Dispose();
            work.Task = Task.Run(() => RunAsync(work), CancellationToken.None);
        }

        return work.Task;
    }

    private void Forget(Work work)
    {
        _active.Remove(work.Job);
        work.Dispose();
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever stops the work is the job's failure, not the host's.")]
    private async Task RunAsync(Work work)
    {
        CancellationToken cancellationToken = work.Cancellation.Token;
        try
        {
            await _slot.WaitAsync(cancellationToken);
            try
            {
                JobRecord job = Current(work.Job);
                if (job.Data is null)
                {
                    StepFailure? failure = await ReadDataSetsAsync(job, cancellationToken);
                    job = Commit(work, current => WithData(current, failure, work.LastSeen));
                }

                if (job.Data is { Failure: null } && job.Training is null && Trains(job))
                {
                    await Task.Factory.StartNew(
                        () => Train(work, job, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

                    // A training leaves many times as much garbage as an idle simulator holds, and then nothing happens for long: give it back.
                    if (GC.GetTotalMemory(forceFullCollection: false) > WorthCollecting)
                    {
                        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    }
                }

                _artifacts.RemoveDataSets(work.Job);
            }
            finally
            {
                _slot.Release();
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelled with its job, or to be taken up by the next process.
        }
        catch (Exception exception)
        {
            LogFailure(_logger, exception, work.Job);
            StoredError error = new("ServiceError", "The simulator could not do the work of this step: " + exception.Message);
            Commit(work, current => current.Data is null
                ? WithData(current, new StepFailure(PipelineSteps.ValidationIndex, At: null, error), work.LastSeen)
                : WithTraining(current, new StepFailure(PipelineSteps.FineTuneIndex, At: null, error), 0, work.LastSeen));
        }
        finally
        {
            lock (_store.Gate)
            {
                Forget(work);
            }
        }
    }

    private JobRecord Current(string name)
    {
        lock (_store.Gate)
        {
            return _store.Find<JobRecord>(JobRecord.KeyOf(name))!;
        }
    }

    private JobRecord Commit(Work work, Func<JobRecord, JobRecord> change)
    {
        lock (_store.Gate)
        {
            JobRecord job = change(_store.Find<JobRecord>(JobRecord.KeyOf(work.Job))!);
            _store.Save(job);
            return job;
        }
    }

    /// <summary>The failure's step, with no time yet, or none.</summary>
    private async Task<StepFailure?> ReadDataSetsAsync(JobRecord job, CancellationToken cancellationToken)
    {
        foreach (string split in (string[])["train", "validation", "test"])
        {
            if (job.Inputs.ContainsKey(split + "_mltable_path"))
            {
                return Failing(PipelineSteps.DataPreprocessIndex, "FormatNotSupported", $"{split}_mltable_path: the simulator reads JSON lines only. Use {split}_file_path.");
            }

            if (!job.Inputs.TryGetValue(split + "_file_path", out string? uri) || File.Exists(_artifacts.DataSet(job.Name, split)))
            {
                continue;
            }

            if (!DatastoreUri.TryParse(uri, out DatastoreUri? source) || !source.Datastore.Equals(DatastoreRoutes.DefaultName, StringComparison.OrdinalIgnoreCase)
                || (source.Workspace is { } owner && !owner.Equals(_workspace.Options.WorkspaceName, StringComparison.OrdinalIgnoreCase)))
            {
                return Failing(PipelineSteps.ValidationIndex, "DatastoreNotFound", $"{split}_file_path: the datastore of '{uri}' was not found in this workspace.");
            }

            await using Stream? blob = _blobs is null ? null : await _blobs.OpenReadAsync(_workspace.ContainerName, source.Path, cancellationToken);
            if (blob is null)
            {
                return Failing(PipelineSteps.ValidationIndex, "StreamAccess.NotFound", $"{split}_file_path: data import failed, there is no blob '{source.Path}' in {_workspace.ContainerName}.");
            }

            await _artifacts.SaveDataSetAsync(job.Name, split, blob, cancellationToken);
        }

        return Check(job, cancellationToken);
    }

    /// <summary>Reads every row as the preprocess step does.</summary>
    private StepFailure? Check(JobRecord job, CancellationToken cancellationToken)
    {
        foreach (string split in (string[])["train", "validation", "test"])
        {
            string path = _artifacts.DataSet(job.Name, split);
            if (!File.Exists(path))
            {
                continue;
            }

            try
            {
                ConversationReader.Read(File.ReadLines(path), split, maxRows: 0, new RandomSource(0), cancellationToken);
            }
            catch (InvalidDataException exception)
            {
                return Failing(PipelineSteps.DataPreprocessIndex, "DataFormat", $"{split}_file_path: {exception.Message}");
            }
        }

        return null;
    }

    private static StepFailure Failing(int step, string code, string message) => new(step, At: null, new StoredError("UserError", message, code));

    private static JobRecord WithData(JobRecord job, StepFailure? failure, DateTimeOffset lastSeen)
    {
        JobStep plan = job.Steps[PipelineSteps.ValidationIndex];
        JobRecord done = job with { Data = new ComputationOutcome(Later(plan.Finalizing, lastSeen)) };
        if (failure is null)
        {
            return done;
        }

        JobStep failing = PipelineTimeline.Effective(done)[failure.Step];
        return done with { Data = done.Data with { Failure = failure with { At = Later(failing.Running + ((failing.Finalizing - failing.Running) / 2), lastSeen) } } };
    }

    private static JobRecord WithTraining(JobRecord job, StepFailure? failure, double fraction, DateTimeOffset lastSeen)
    {
        JobStep plan = job.Steps[PipelineSteps.FineTuneIndex];
        DateTimeOffset running = PipelineTimeline.Effective(job)[PipelineSteps.FineTuneIndex].Running;
        TimeSpan duration = plan.Finalizing - plan.Running;
        StepFailure? at = failure is null ? null : failure with { At = Later(running + (duration * fraction), lastSeen) };
        return job with { Training = new ComputationOutcome(Later(running + duration, lastSeen), at) };
    }

    private static DateTimeOffset Later(DateTimeOffset planned, DateTimeOffset lastSeen) => planned > lastSeen ? planned : lastSeen;

    private void Train(Work work, JobRecord job, CancellationToken cancellationToken)
    {
        // The host's own requests come first.
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        TrainingParameters parameters = Parameters(job);
        // The component evaluates on the validation rows; without them, as in the notebook's job, on the test rows.
        string validation = _artifacts.DataSet(job.Name, "validation");
        string evaluation = File.Exists(validation) ? validation : _artifacts.DataSet(job.Name, "test");
        try
        {
            TrainingResult result = ChatTrainer.Train(
                File.ReadLines(_artifacts.DataSet(job.Name, "train")),
                File.Exists(evaluation) ? File.ReadLines(evaluation) : null,
                parameters,
                point =>
                {
                    work.Add(point);
                    Measured?.Invoke(cancellationToken);
                },
                cancellationToken);
            _artifacts.SaveResult(job.Name, result.Model, [.. result.Metrics, .. Closing(job, parameters, result)]);
            Commit(work, current => WithTraining(current, null, 1, work.LastSeen));
        }
        catch (TrainingDivergedException exception)
        {
            MetricPoint[] metrics = work.MetricsSoFar();
            _artifacts.SaveMetrics(job.Name, metrics);
            double fraction = metrics.Length == 0 ? 0 : Fraction(metrics[^1], parameters.MaxSteps, parameters.Epochs);
            Commit(work, current => WithTraining(current, Failing(PipelineSteps.FineTuneIndex, "TrainingDiverged", exception.Message), fraction, work.LastSeen));
        }
        catch (ArgumentException exception)
        {
            Commit(work, current => WithTraining(current, Failing(PipelineSteps.FineTuneIndex, "ArgumentInvalid", exception.Message), 0, work.LastSeen));
        }
        catch (InvalidDataException exception)
        {
            Commit(work, current => WithTraining(current, Failing(PipelineSteps.FineTuneIndex, "DataFormat", exception.Message), 0, work.LastSeen));
        }
    }

    /// <summary>What the trainer logs last about its own speed, in simulated time.</summary>
    private static IEnumerable<MetricPoint> Closing(JobRecord job, TrainingParameters parameters, TrainingResult result)
    {
        JobStep plan = job.Steps[PipelineSteps.FineTuneIndex];
        double seconds = (plan.Finalizing - plan.Running).TotalSeconds;
        yield return new MetricPoint("train_runtime", seconds, result.TotalSteps, parameters.Epochs);
        if (seconds > 0)
        {
            yield return new MetricPoint("train_steps_per_second", result.TotalSteps / seconds, result.TotalSteps, parameters.Epochs);
        }
    }

    private static TrainingParameters Parameters(JobRecord job) => new()
    {
        Epochs = PipelineSteps.Integer(job, "num_train_epochs", 1),
        LearningRate = PipelineSteps.Number(job, "learning_rate", 2e-5),
        Scheduler = PipelineSteps.Text(job, "lr_scheduler_type", "linear"),
        WarmupSteps = PipelineSteps.Integer(job, "warmup_steps", 0),
        BatchSize = PipelineSteps.Integer(job, "per_device_train_batch_size", 1),
        GradientAccumulationSteps = PipelineSteps.Integer(job, "gradient_accumulation_steps", 1),
        MaxSteps = PipelineSteps.Integer(job, "max_steps", -1),
        WeightDecay = PipelineSteps.Number(job, "weight_decay", 0),
        MaxGradNorm = PipelineSteps.Number(job, "max_grad_norm", 1),
        Seed = PipelineSteps.Integer(job, "seed", 42),
        LoggingSteps = PipelineSteps.Integer(job, "logging_steps", 10),
        LoggingStrategy = PipelineSteps.Text(job, "logging_strategy", "steps"),
        EvaluationStrategy = PipelineSteps.Text(job, "evaluation_strategy", "epoch"),
    };

    [LoggerMessage(2, LogLevel.Error, "The work of the job {Job} failed")]
    private static partial void LogFailure(ILogger logger, Exception exception, string job);

    [LoggerMessage(3, LogLevel.Warning, "The training took longer than {Patience} of real time; it is shown as running")]
    private static partial void LogSlow(ILogger logger, TimeSpan patience);

    /// <summary>The work of one job in this process.</summary>
    private sealed class Work(string job, DateTimeOffset due, CancellationToken stopping) : IDisposable
    {
        private readonly List<MetricPoint> _metrics = [];

        public string Job { get; } = job;

        public DateTimeOffset Due { get; } = due;

        public CancellationTokenSource Cancellation { get; } = CancellationTokenSource.CreateLinkedTokenSource(stopping);

        public ITimer? Timer { get; set; }

        public Task? Task { get; set; }

        /// <summary>Latest simulated time at which somebody saw the job unfinished.</summary>
        public DateTimeOffset LastSeen { get; set; }

        public void Add(MetricPoint point)
        {
            lock (_metrics)
            {
                _metrics.Add(point);
            }
        }

        public MetricPoint[] MetricsSoFar()
        {
            lock (_metrics)
            {
                return [.. _metrics];
            }
        }

        public void Dispose()
        {
            Timer?.Dispose();
            Cancellation.Dispose();
        }
    }
}
