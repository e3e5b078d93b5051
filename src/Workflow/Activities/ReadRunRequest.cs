using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>Finds the request of a dropped dataset: its own <c>run.json</c> laid on the host's default, or the default alone.</summary>
/// <param name="datasets">The container it was dropped into.</param>
public sealed class ReadRunRequest(IDatasetSource datasets) : WorkflowActivity<DropReading, RunRequest>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<DropReading, Outcome<RunRequest>> Name { get; } = new(nameof(ReadRunRequest));

    /// <inheritdoc/>
    protected override async Task<RunRequest> DoAsync(DropReading input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        string path = DroppedBlobs.DatasetPath(input.Drop.Name);
        RunRequest request = input.Default;
        if (await datasets.ReadRunRequestAsync(input.Drop, cancellationToken) is { } file)
        {
            RunRequestReadResult read = RunRequestReader.Read(file.Content.Span, input.Default);
            request = read.Request ?? throw new UpstreamException(OutcomeKind.Invalid, new Failure(
                "RunRequestInvalid", string.Join(" ", read.Errors.Select(error => error.ToString())))
            {
                Where = file.Name,
                NextStep = "Correct the file and drop the dataset again under a new name.",
            });
        }

        return request with { Dataset = request.Dataset with { Path = path } };
    }
}
