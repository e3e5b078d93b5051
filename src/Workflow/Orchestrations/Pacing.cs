using FineTune.Durable;

namespace FineTune.Workflow.Orchestrations;

/// <summary>Intervals and deadlines of the workflow. Constants: a replay must see what the first run saw.</summary>
internal static class Pacing
{
    /// <summary>Attempts of an activity that ended in an exception nobody foresaw.</summary>
    public static readonly RetryPolicy UnforeseenErrors = new()
    {
        MaxNumberOfAttempts = 4,
        FirstRetryInterval = TimeSpan.FromSeconds(5),
        BackoffCoefficient = 3,
    };

    /// <summary>Waits between attempts whose outcome was transient: 5 s doubling to 5 min, for about an hour.</summary>
    public static readonly RetryPolicy TransientOutcomes = new()
    {
        MaxNumberOfAttempts = 18,
        FirstRetryInterval = TimeSpan.FromSeconds(5),
        BackoffCoefficient = 2,
        MaxRetryInterval = TimeSpan.FromMinutes(5),
    };

    /// <summary>Polls of an ARM operation: azure-ai-ml asks every 5 s, ARM's own pollers every 30 s.</summary>
    public static readonly RetryPolicy OperationPolls = new()
    {
        FirstRetryInterval = TimeSpan.FromSeconds(5),
        BackoffCoefficient = 1.5,
        MaxRetryInterval = TimeSpan.FromSeconds(30),
    };

    /// <summary>Polls of a job: azure-ai-ml's <c>jobs.stream</c> goes from 2 s to 60 s; events make up for the longer start.</summary>
    public static readonly RetryPolicy JobPolls = new()
    {
        FirstRetryInterval = TimeSpan.FromSeconds(10),
        BackoffCoefficient = 1.3,
        MaxRetryInterval = TimeSpan.FromSeconds(60),
    };

    /// <summary>Rounds of a deletion that does not want to succeed: never given up, but ever slower.</summary>
    public static readonly RetryPolicy TearDownRounds = new()
    {
        FirstRetryInterval = TimeSpan.FromSeconds(10),
        BackoffCoefficient = 2,
        MaxRetryInterval = TimeSpan.FromMinutes(10),
    };

    /// <summary>Polls before a polling child begins a new history.</summary>
    public const int PollsPerHistory = 50;

    /// <summary>A cluster of zero nodes is there within minutes; an hour is long.</summary>
    public static readonly TimeSpan ComputeDeadline = TimeSpan.FromHours(1);

    /// <summary>The service ends jobs itself after 21 days (how-to-manage-quotas).</summary>
    public static readonly TimeSpan JobDeadline = TimeSpan.FromDays(21) + TimeSpan.FromHours(6);

    /// <summary>A canceled job winds up within minutes.</summary>
    public static readonly TimeSpan CancelDeadline = TimeSpan.FromHours(1);

    /// <summary>The service's own limit on an endpoint operation is 30 min (<c>x-ms-async-operation-timeout: PT30M</c>).</summary>
    public static readonly TimeSpan EndpointDeadline = TimeSpan.FromMinutes(45);

    /// <summary>A deployment pulls an image, a model of many GB, and waits for its probes.</summary>
    public static readonly TimeSpan DeploymentDeadline = TimeSpan.FromHours(2);
}
