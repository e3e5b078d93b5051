using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Orchestrations;

namespace FineTune.Workflow;

/// <summary>Every orchestration and activity of the workflow, for whichever engine runs them.</summary>
public static class WorkflowTasks
{
    /// <summary>Registers all of them. The host's services must provide every port in <c>FineTune.Workflow.Ports</c>.</summary>
    /// <param name="registry">The engine's registry.</param>
    /// <returns>The same registry.</returns>
    public static DurableTaskRegistry AddTo(DurableTaskRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return registry
            .AddOrchestrator(FineTuneRun.Name, () => new FineTuneRun(), FineTuneRun.Version)
            .AddOrchestrator(WatchPipelineJob.Name, () => new WatchPipelineJob(), FineTuneRun.Version)
            .AddOrchestrator(WaitForOperation.Name, () => new WaitForOperation(), FineTuneRun.Version)
            .AddOrchestrator(TearDownEndpoint.Name, () => new TearDownEndpoint(), FineTuneRun.Version)
            .AddActivity(ReadRunRequest.Name, services => new ReadRunRequest(Port<Ports.IDatasetSource>(services)))
            .AddActivity(PlanRun.Name, services => new PlanRun(
                Port<Ports.IModelRegistry>(services), Port<Ports.IWorkspace>(services), Port<Ports.IComputeClusters>(services), Port<Ports.IOnlineEndpoints>(services),
                Port<Ports.IDatastoreUploads>(services), Port<Ports.IRunRecords>(services)))
            .AddActivity(PrepareDataset.Name, services => new PrepareDataset(
                Port<Ports.IDatasetSource>(services), Port<Ports.IDatasetPreparation>(services), Port<Ports.IDatastoreUploads>(services), Port<Ports.IRunRecords>(services)))
            .AddActivity(CreateCompute.Name, services => new CreateCompute(Port<Ports.IComputeClusters>(services)))
            .AddActivity(ReadCompute.Name, services => new ReadCompute(Port<Ports.IComputeClusters>(services), Port<Ports.IModelRegistry>(services)))
            .AddActivity(SubmitJob.Name, services => new SubmitJob(Port<Ports.IPipelineJobs>(services)))
            .AddActivity(ReadJob.Name, services => new ReadJob(Port<Ports.IPipelineJobs>(services), Port<Ports.ITrainingMetrics>(services)))
            .AddActivity(CancelJob.Name, services => new CancelJob(Port<Ports.IPipelineJobs>(services)))
            .AddActivity(ReviewMetrics.Name, services => new ReviewMetrics(Port<Ports.ITrainingMetrics>(services), Port<Ports.IRunRecords>(services)))
            .AddActivity(RegisterModel.Name, services => new RegisterModel(Port<Ports.IModels>(services)))
            .AddActivity(CreateEndpoint.Name, services => new CreateEndpoint(Port<Ports.IOnlineEndpoints>(services)))
            .AddActivity(ReadEndpoint.Name, services => new ReadEndpoint(Port<Ports.IOnlineEndpoints>(services)))
            .AddActivity(CreateDeployment.Name, services => new CreateDeployment(Port<Ports.IOnlineEndpoints>(services)))
            .AddActivity(ReadDeployment.Name, services => new ReadDeployment(Port<Ports.IOnlineEndpoints>(services), Port<Ports.IRunRecords>(services)))
            .AddActivity(SmokeTestEndpoint.Name, services => new SmokeTestEndpoint(Port<Ports.IOnlineEndpoints>(services), Port<Ports.IRunRecords>(services)))
            .AddActivity(ShiftTraffic.Name, services => new ShiftTraffic(Port<Ports.IOnlineEndpoints>(services)))
            .AddActivity(TagEndpoint.Name, services => new TagEndpoint(Port<Ports.IOnlineEndpoints>(services)))
            .AddActivity(DeleteEndpoint.Name, services => new DeleteEndpoint(Port<Ports.IOnlineEndpoints>(services)))
            .AddActivity(ReadOperation.Name, services => new ReadOperation(Port<Ports.IOperations>(services)))
            .AddActivity(PublishReport.Name, services => new PublishReport(Port<Ports.IRunRecords>(services)));
    }

    private static T Port<T>(IServiceProvider services)
        where T : class =>
        services.GetService(typeof(T)) as T ?? throw new InvalidOperationException($"The host registered no {typeof(T).Name}.");
}
