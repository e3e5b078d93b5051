namespace FineTune.Workflow.Contracts;

/// <summary>Where a run is. Which state may follow which is the table in <see cref="Rules.RunTransitions"/>.</summary>
public enum RunState
{
    /// <summary>Accepted, not begun.</summary>
    Accepted,

    /// <summary>A dropped dataset: waiting for a <c>run.json</c> that may follow it.</summary>
    Settling,

    /// <summary>Resolving model, component, parameters and machines; everything is only read.</summary>
    Planning,

    /// <summary>Checking, splitting and uploading the dataset.</summary>
    PreparingDataset,

    /// <summary>Getting or creating the GPU cluster.</summary>
    ProvisioningCompute,

    /// <summary>Submitting the pipeline job.</summary>
    Submitting,

    /// <summary>The pipeline job runs.</summary>
    Training,

    /// <summary>Reading metrics and holding them against the gates.</summary>
    Reviewing,

    /// <summary>Waiting for a person.</summary>
    AwaitingApproval,

    /// <summary>Registering the model.</summary>
    Registering,

    /// <summary>Creating endpoint and deployment.</summary>
    Deploying,

    /// <summary>Asking the deployment before it gets traffic.</summary>
    SmokeTesting,

    /// <summary>Serving until the time to live ends.</summary>
    Serving,

    /// <summary>Removing what costs money: cancelling the job, deleting the endpoint.</summary>
    TearingDown,

    /// <summary>Ended well. Terminal.</summary>
    Completed,

    /// <summary>Ended badly; nothing of it bills. Terminal.</summary>
    Failed,

    /// <summary>Ended by a person, or for want of approval; nothing of it bills. Terminal.</summary>
    Canceled,
}
