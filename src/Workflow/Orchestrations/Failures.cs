using FineTune.Durable;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Orchestrations;

/// <summary>Failures that orchestrations find themselves. The codes are documented in docs/errors.md.</summary>
internal static class Failures
{
    public static Failure Unforeseen(TaskFailedException error) =>
        new("UnforeseenError", $"{error.TaskName} ended with {error.FailureDetails.ErrorType}: {error.FailureDetails.ErrorMessage}")
        {
            NextStep = "This is a defect in the workflow, not in your request. Report it with the run's id and the host's log.",
        };

    public static Failure Canceled(RunCommand command) =>
        new("CanceledByRequest", $"Canceled by {command.By ?? "an unnamed caller"}{(command.Reason is null ? "" : $": {command.Reason}")}.");

    public static Failure Rejected(ApprovalDecision decision) =>
        new("Rejected", $"{decision.By ?? "An unnamed caller"} rejected the model{(decision.Comment is null ? "" : $": {decision.Comment}")}.");

    public static Failure ApprovalTimedOut(TimeSpan timeout) =>
        new("ApprovalTimedOut", $"Nobody approved the model within {timeout}.")
        {
            NextStep = "Start a new run, or raise approval.timeout.",
        };

    public static Failure DeadlinePassed(string what, TimeSpan deadline) =>
        new("DeadlinePassed", $"{what} did not end within {deadline}.")
        {
            NextStep = "Look at the resource in Azure ML studio; Azure may be short of machines of this size. Start the run again later.",
        };

    public static Failure JobCanceledOutside(string job) =>
        new("JobCanceled", $"The job {job} was canceled outside this workflow.")
        {
            Where = job,
            NextStep = "Start a new run if that was not intended.",
        };
}
