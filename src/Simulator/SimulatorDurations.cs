namespace FineTune.Simulator;

/// <summary>How long the simulated cloud takes for each thing, in simulated time. The defaults are what one sees in a workspace on a good day.</summary>
public sealed record SimulatorDurations
{
    /// <summary>Creation or change of a compute cluster.</summary>
    public TimeSpan ComputeCreate { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Deletion of a compute cluster.</summary>
    public TimeSpan ComputeDelete { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From the submission of a job to the moment its first step is put into the queue.</summary>
    public TimeSpan JobPrepare { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait in the queue of the first step, while the cluster starts a node.</summary>
    public TimeSpan NodeStart { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Wait in the queue of every later step.</summary>
    public TimeSpan StepQueue { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pull of a step's image and mount of its data.</summary>
    public TimeSpan StepPrepare { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Upload of a step's outputs and logs.</summary>
    public TimeSpan StepFinalize { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Work of the step <c>ft_nlp_common_validation</c>.</summary>
    public TimeSpan Validation { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Work of the step <c>chat_completion_model_import</c>.</summary>
    public TimeSpan ModelImport { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Work of the step <c>chat_completion_datapreprocess</c>.</summary>
    public TimeSpan DataPreprocess { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Work of the step <c>chat_completion_finetune</c>, all epochs together.</summary>
    public TimeSpan Training { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Work of the step <c>ft_nlp_model_converter</c>.</summary>
    public TimeSpan ModelConversion { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>From the end of the last step to the end of the job.</summary>
    public TimeSpan JobFinalize { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From the request to cancel a job to its end.</summary>
    public TimeSpan JobCancel { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Creation of an online endpoint.</summary>
    public TimeSpan EndpointCreate { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Change of an online endpoint, such as of its traffic rules.</summary>
    public TimeSpan EndpointUpdate { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Creation or change of a deployment.</summary>
    public TimeSpan DeploymentCreate { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>Deletion of an endpoint or of a deployment.</summary>
    public TimeSpan EndpointDelete { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>All durations times <paramref name="factor"/>.</summary>
    /// <param name="factor">Above 0; 0.1 is ten times as fast.</param>
    /// <returns>The scaled durations.</returns>
    public SimulatorDurations Scale(double factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        return new()
        {
            ComputeCreate = ComputeCreate * factor,
            ComputeDelete = ComputeDelete * factor,
            JobPrepare = JobPrepare * factor,
            NodeStart = NodeStart * factor,
            StepQueue = StepQueue * factor,
            StepPrepare = StepPrepare * factor,
            StepFinalize = StepFinalize * factor,
            Validation = Validation * factor,
            ModelImport = ModelImport * factor,
            DataPreprocess = DataPreprocess * factor,
            Training = Training * factor,
            ModelConversion = ModelConversion * factor,
            JobFinalize = JobFinalize * factor,
            JobCancel = JobCancel * factor,
            EndpointCreate = EndpointCreate * factor,
            EndpointUpdate = EndpointUpdate * factor,
            DeploymentCreate = DeploymentCreate * factor,
            EndpointDelete = EndpointDelete * factor,
        };
    }
}
