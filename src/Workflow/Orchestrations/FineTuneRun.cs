using System.Globalization;
using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Orchestrations;

/// <summary>
/// A fine-tune from its request to the end of its endpoint. Its instance id is the run's id, its custom status the run's
/// <see cref="RunStatus"/>. Whatever goes wrong, the way out removes what bills.
/// </summary>
public sealed class FineTuneRun : Orchestration<RunInput, RunResult>
{
    /// <summary>The version that new runs get. Raise it when an edit changes the order of calls; see docs/adr/0002.</summary>
    public const string Version = "1.0";

    /// <summary>The registered name.</summary>
    public static OrchestrationName<RunInput, RunResult> Name { get; } = new(nameof(FineTuneRun));

    /// <inheritdoc/>
    public override async Task<RunResult> RunAsync(OrchestrationContext context, RunInput input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        var run = new RunScope(context);
        Task<Outcome<JobProgress>>? watch = null;
        RunResult result;
        try
        {
            RunRequest request = await SettleAsync(context, run, input);
            RunPlan plan = await PlanAsync(run, request, input.RequestedBy);
            DatasetSummary dataset = await PrepareDatasetAsync(run, request, plan, input.Drop);
            await ProvisionComputeAsync(run, request, plan);

            await SubmitAsync(run, request, plan, dataset);
            watch = Watch(context, run, plan);
            JobProgress job = await TrainAsync(run, plan, watch);
            await ReviewAsync(run, request, plan, job);
            await ApproveAsync(context, run, request.Approval);
            RegisteredModel model = await RegisterAsync(run, request, plan, dataset);

            await DeployAsync(context, run, request, plan, model);
            await SmokeTestAsync(run, request, plan);
            bool kept = await ServeAsync(context, run, request, plan);
            result = new RunResult(RunState.Completed);
            if (!kept)
            {
                await TearDownAsync(context, run, watch);
            }
        }
        catch (RunStoppedException stopped)
        {
            result = new RunResult(stopped.EndState, stopped.Failure);
            run.Update(status => status with { Failure = stopped.Failure });
            await TearDownAsync(context, run, watch);
        }

        await EndAsync(context, run, result);
        return result;
    }

    private static async Task<RunRequest> SettleAsync(OrchestrationContext context, RunScope run, RunInput input)
    {
        if (input.Drop is not { } drop)
        {
            return input.Request;
        }

        run.Enter(RunState.Settling, status => status with { DatasetPath = drop.Name });
        if (await context.SleepAsync(input.SettlingTime, run.Cancel))
        {
            run.ThrowIfCanceled();
        }

        return await run.DoAsync(ReadRunRequest.Name, new DropReading(drop, input.Request));
    }

    private static async Task<RunPlan> PlanAsync(RunScope run, RunRequest request, string? requestedBy)
    {
        run.Enter(RunState.Planning, status => status with { DatasetPath = request.Dataset.Path });
        RunPlan plan = await run.DoAsync(PlanRun.Name, new Planning(run.RunId, run.Status.StartedAt, request, requestedBy));
        run.Warn(plan.Warnings);
        run.Update(status => status with { DisplayName = plan.DisplayName });
        run.Detail($"{plan.BaseModelId.Split('/')[^3]} v{plan.BaseModelId.Split('/')[^1]}, {plan.VmSize}, {plan.GpusPerNode} GPU(s) a node");
        return plan;
    }

    private static async Task<DatasetSummary> PrepareDatasetAsync(RunScope run, RunRequest request, RunPlan plan, DroppedDataset? drop)
    {
        run.Enter(RunState.PreparingDataset);

        // A blob that was replaced meanwhile has a run of its own: two of them on the same rows would pay twice. A folder's drop is its run.json.
        DatasetPreparationOutcome prepared = await run.DoAsync(PrepareDataset.Name, new DatasetPreparing(run.RunId, request.Dataset, plan.DatasetName)
        {
            Checks = DatasetChecks.For(request.BaseModel, plan.Parameters),
            DroppedETag = drop is not null && drop.Name == request.Dataset.Path ? drop.ETag : null,
        });
        DatasetSummary dataset = prepared.Summary;
        run.Warn(dataset.Warnings);
        run.Update(status => status with { DatasetReportUri = dataset.ReportUri, Findings = [.. dataset.FirstFindings.Take(5)] });
        run.Detail(string.Create(CultureInfo.InvariantCulture, $"{dataset.Rows} rows read, {dataset.InvalidRows} invalid; ") + string.Join(", ",
            dataset.Splits.Select(split => string.Create(CultureInfo.InvariantCulture, $"{split.Kind} {split.Rows}"))));
        return prepared.Refusal is null ? dataset : throw new RunStoppedException(RunState.Failed, prepared.Refusal);
    }

    private static async Task ProvisionComputeAsync(RunScope run, RunRequest request, RunPlan plan)
    {
        run.Enter(RunState.ProvisioningCompute);
        Outcome<Unit> created = await CreateComputeAsync(run, request.Compute, lowPriority: false);
        if (created.Kind == OutcomeKind.Quota && request.Compute.AllowLowPriority)
        {
            run.Warn([$"Dedicated cores were refused ({created.Failure?.Message}); a low-priority cluster is used, as the request allows. A preempted job fails."]);
            created = await CreateComputeAsync(run, request.Compute, lowPriority: true);
        }

        if (!created.IsSuccess)
        {
            throw new RunStoppedException(RunState.Failed, created.Failure);
        }

        ComputeCluster cluster = await run.DoAsync(ReadCompute.Name, new ComputeReading(request.Compute.Name, plan.BaseModelId, plan.VmSize));
        run.Detail($"{cluster.Name}: {cluster.VmSize}, {cluster.VmPriority}, {(plan.ClusterExists ? "existing" : "created")}");
    }

    private static async Task<Outcome<Unit>> CreateComputeAsync(RunScope run, ComputeRequest compute, bool lowPriority)
    {
        Outcome<OperationStart> start = await run.TryAsync(CreateCompute.Name, new ComputeCreation(compute, lowPriority));
        return start.IsSuccess
            ? await run.WaitAsync($"The creation of cluster {compute.Name}", start.Value, Pacing.ComputeDeadline)
            : Outcome<Unit>.Fail(start.Kind, start.Failure);
    }

    private static async Task SubmitAsync(RunScope run, RunRequest request, RunPlan plan, DatasetSummary dataset)
    {
        run.Enter(RunState.Submitting);
        JobSnapshot job = await run.DoAsync(SubmitJob.Name, new JobSubmission(run.RunId, plan, dataset.Splits, request.Compute.Name));
        run.Detail($"job {job.Name}");
        run.Enter(RunState.Training, status => status with { Job = new JobProgress(job, []) });
    }

    private static Task<Outcome<JobProgress>> Watch(OrchestrationContext context, RunScope run, RunPlan plan) =>
        context.CallSubOrchestratorAsync(
            WatchPipelineJob.Name,
            new JobWatch(plan.JobName, plan.ExperimentName, context.CurrentUtcDateTime + Pacing.JobDeadline),
            RunInstances.Watch(run.RunId));

    private static async Task<JobProgress> TrainAsync(RunScope run, RunPlan plan, Task<Outcome<JobProgress>> watch)
    {
        if (await Task.WhenAny(watch, run.Cancel) == run.Cancel)
        {
            run.ThrowIfCanceled();
        }

        Outcome<JobProgress> watched = await watch;
        if (!watched.IsSuccess)
        {
            throw new RunStoppedException(RunState.Failed, watched.Failure);
        }

        JobProgress progress = watched.Value;
        run.Update(status => status with { Job = progress });
        run.Detail($"job {plan.JobName}: {progress.Job.Status}, {progress.Epochs.Count} epoch(s)");
        return progress.Job.State switch
        {
            JobState.Completed => progress,
            JobState.Canceled => throw new RunStoppedException(RunState.Canceled, Failures.JobCanceledOutside(plan.JobName)),
            _ => throw new RunStoppedException(RunState.Failed, progress.Job.Error ?? new Failure("JobFailed", $"The job {plan.JobName} failed and its run history gives no reason.")),
        };
    }

    private static async Task ReviewAsync(RunScope run, RunRequest request, RunPlan plan, JobProgress job)
    {
        run.Enter(RunState.Reviewing);
        MetricsReview review = await run.DoAsync(ReviewMetrics.Name, new MetricsReviewing(run.RunId, plan.JobName, plan.ExperimentName, request.MetricGates));
        MetricSummary metrics = review.Summary;
        run.Warn(metrics.Warnings);
        run.Update(status => status with { Job = job with { Epochs = [.. metrics.LossPerEpoch.TakeLast(50)] } });
        run.Detail(string.Create(CultureInfo.InvariantCulture, $"train_loss {metrics.TrainLoss:0.###}, eval_loss {metrics.FirstEvalLoss:0.###} → {metrics.LastEvalLoss:0.###}"));
    }

    private static async Task ApproveAsync(OrchestrationContext context, RunScope run, ApprovalRequest approval)
    {
        if (!approval.Required)
        {
            return;
        }

        run.Enter(RunState.AwaitingApproval);
        Task<ApprovalDecision> decided = context.WaitForExternalEvent<ApprovalDecision>(RunEvents.Approval);
        Task? first = await context.FirstOfAsync(context.CurrentUtcDateTime + approval.Timeout, run.Cancel, decided);
        ApprovalDecision? decision = first == decided ? await decided : null;
        run.ThrowIfCanceled();
        if (decision is not { Approved: true })
        {
            throw new RunStoppedException(
                RunState.Canceled, decision is null ? Failures.ApprovalTimedOut(approval.Timeout) : Failures.Rejected(decision));
        }

        run.Detail($"approved by {decision.By ?? "an unnamed caller"}");
    }

    private static async Task<RegisteredModel> RegisterAsync(RunScope run, RunRequest request, RunPlan plan, DatasetSummary dataset)
    {
        run.Enter(RunState.Registering);
        RegisteredModel model = await run.DoAsync(RegisterModel.Name, new ModelRegistering(run.RunId, plan, request.BaseModel.Name, dataset.Sha256));
        run.Update(status => status with { Model = model });
        run.Detail($"{model.Name}:{model.Version}");
        return model;
    }

    private static async Task DeployAsync(OrchestrationContext context, RunScope run, RunRequest request, RunPlan plan, RegisteredModel model)
    {
        // The tags say when the sweeper may delete the endpoint, before anything of it bills: late enough for a deployment
        // that takes all the time it is allowed, and exact once it serves.
        DateTimeOffset latest = context.CurrentUtcDateTime + Pacing.EndpointDeadline + Pacing.DeploymentDeadline + request.TimeToLive;
        run.Enter(RunState.Deploying, status => status with
        {
            Endpoint = new EndpointStatus(plan.EndpointName, request.Deployment.Name, null, latest),
        });
        OperationStart endpoint = await run.DoAsync(CreateEndpoint.Name, new EndpointCreation(plan.EndpointName, run.RunId, model.Name, plan.DatasetName, latest));
        await run.WaitOrStopAsync($"The creation of endpoint {plan.EndpointName}", endpoint, Pacing.EndpointDeadline);
        OnlineEndpoint created = await run.DoAsync(ReadEndpoint.Name, plan.EndpointName);
        run.Update(status => status with { Endpoint = status.Endpoint! with { ScoringUri = created.ScoringUri } });

        OperationStart deployment = await run.DoAsync(CreateDeployment.Name, new DeploymentCreation(plan.EndpointName, run.RunId, model.Id, request.Deployment));
        Outcome<Unit> deployed = await run.WaitAsync($"The deployment {request.Deployment.Name}", deployment, Pacing.DeploymentDeadline);
        await run.DoAsync(ReadDeployment.Name, new DeploymentReading(run.RunId, plan.EndpointName, request.Deployment.Name, deployed.Failure));
        run.Detail($"{plan.EndpointName}/{request.Deployment.Name}: {request.Deployment.InstanceCount} × {request.Deployment.InstanceType}, no traffic yet");
    }

    private static async Task SmokeTestAsync(RunScope run, RunRequest request, RunPlan plan)
    {
        run.Enter(RunState.SmokeTesting);
        SmokeTestSummary test = await run.DoAsync(
            SmokeTestEndpoint.Name, new SmokeTesting(run.RunId, plan.EndpointName, request.Deployment.Name, request.SmokeTest));
        run.Update(status => status with { SmokeTest = test });
        run.Detail(string.Create(CultureInfo.InvariantCulture, $"{test.Asked} question(s) answered, slowest {test.SlowestLatency.TotalSeconds:0.00} s"));
        OperationStart traffic = await run.DoAsync(ShiftTraffic.Name, new TrafficShift(plan.EndpointName, request.Deployment.Name, 100));
        await run.WaitOrStopAsync($"The traffic shift of {plan.EndpointName}", traffic, Pacing.EndpointDeadline);
    }

    /// <returns>Whether a person decided to keep the endpoint.</returns>
    private static async Task<bool> ServeAsync(OrchestrationContext context, RunScope run, RunRequest request, RunPlan plan)
    {
        run.Enter(RunState.Serving);
        await SetExpiryAsync(run, plan.EndpointName, context.CurrentUtcDateTime + request.TimeToLive);
        Task<ExtendCommand> extend = context.WaitForExternalEvent<ExtendCommand>(RunEvents.Extend);
        Task<RunCommand> keep = context.WaitForExternalEvent<RunCommand>(RunEvents.Keep);
        Task<RunCommand> tearDown = context.WaitForExternalEvent<RunCommand>(RunEvents.TearDown);
        while (true)
        {
            DateTimeOffset expiresAt = run.Status.Endpoint!.ExpiresAt!.Value;
            Task? first = await context.FirstOfAsync(expiresAt, run.Cancel, keep, tearDown, extend);
            run.ThrowIfCanceled();
            if (first == keep)
            {
                await SetExpiryAsync(run, plan.EndpointName, null);
                run.Detail($"kept by {(await keep).By ?? "an unnamed caller"}: it bills until somebody deletes it");
                return true;
            }

            if (first != extend)
            {
                run.Detail(first == tearDown ? $"ended by {(await tearDown).By ?? "an unnamed caller"}" : "time to live over");
                return false;
            }

            await SetExpiryAsync(run, plan.EndpointName, expiresAt + (await extend).Duration);
            extend = context.WaitForExternalEvent<ExtendCommand>(RunEvents.Extend);
        }
    }

    private static async Task SetExpiryAsync(RunScope run, string endpoint, DateTimeOffset? expiresAt)
    {
        await run.DoAsync(TagEndpoint.Name, new EndpointExpiry(endpoint, expiresAt));
        run.Update(status => status with { Endpoint = status.Endpoint! with { ExpiresAt = expiresAt } });
    }

    /// <summary>Removes what bills, as far as the run came. Never gives up: a run ends only with nothing left.</summary>
    private static async Task TearDownAsync(OrchestrationContext context, RunScope run, Task<Outcome<JobProgress>>? watch)
    {
        if (!RunTransitions.NeedsTearDown(run.Status.State))
        {
            return;
        }

        run.Enter(RunState.TearingDown);
        if (run.Status.Job?.Job.State is null or JobState.Active)
        {
            await StopJobAsync(context, run, watch);
        }

        if (run.Status.Endpoint is { } endpoint)
        {
            run.WaitsFor(RunInstances.TearDown(run.RunId));
            await context.CallSubOrchestratorAsync(
                TearDownEndpoint.Name, new EndpointTearDown(endpoint.Name, run.RunId), RunInstances.TearDown(run.RunId));
            run.Update(status => status with { Endpoint = endpoint with { Deleted = true }, WaitsFor = null });
            run.Detail($"endpoint {endpoint.Name} deleted");
        }
    }

    private static async Task StopJobAsync(OrchestrationContext context, RunScope run, Task<Outcome<JobProgress>>? watch)
    {
        string job = ResourceNames.Job(run.RunId);
        for (bool ended = false; !ended;)
        {
            await context.AttemptAsync(CancelJob.Name, job, stop: null, run.Retrying);
            context.SendEvent(RunInstances.Watch(run.RunId), RunEvents.JobStateChanged, Unit.Value);

            // Without a watch the submission itself failed, and after a failed one nobody knows: the job may run all the same.
            if (watch is null || watch.IsCompleted)
            {
                watch = context.CallSubOrchestratorAsync(
                    WatchPipelineJob.Name,
                    new JobWatch(job, "", context.CurrentUtcDateTime + Pacing.CancelDeadline),
                    $"{run.RunId}:cancel-{context.NewGuid():N}");
            }

            ended = await context.SleepAsync(Pacing.TearDownRounds.MaxRetryInterval, watch);
        }

        Outcome<JobProgress> last = await watch!;
        run.Update(status => status with { Job = last.Value ?? status.Job });
        run.Detail(last.IsSuccess ? $"job {job}: {last.Value.Job.Status}" : $"job {job}: {last.Failure.Message}");
    }

    private static async Task EndAsync(OrchestrationContext context, RunScope run, RunResult result)
    {
        Outcome<string> report = await context.AttemptAsync(PublishReport.Name, run.Status with { State = result.State }, stop: null, run.Retrying);
        run.Enter(result.State, status => status with { ReportUri = report.Value });
        if (!report.IsSuccess)
        {
            run.Warn([$"The run report could not be written: {report.Failure}"]);
        }
    }
}
