using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Offline;

/// <summary>What can be wrong with the places that a prepared dataset and its reports go to.</summary>
internal static class OutputErrors
{
    public static UpstreamException NotEmpty(string folder, string foreign) =>
        Invalid(new Failure("DatasetOutputNotEmpty", $"'{folder}' is not empty, and holds what no earlier prepare wrote: {foreign}. Nothing was changed.")
        {
            Where = folder,
            NextStep = "Give a new or an empty folder with --out, or move its content elsewhere. A folder that holds an earlier prepare's files and no others is replaced.",
        });

    public static UpstreamException InUse(string folder, string why) =>
        Invalid(new Failure("DatasetOutputInUse", $"Another prepare is writing '{folder}': {why}")
        {
            Where = folder,
            NextStep = "Wait for it to end, or give another folder with --out.",
        });

    public static UpstreamException Unsuitable(string folder, string why) =>
        Invalid(new Failure("DatasetOutputUnsuitable", $"'{folder}' can't take the prepared dataset: {why}")
        {
            Where = folder,
            NextStep = "Give another folder with --out; a new one, beside the dataset, is best.",
        });

    public static UpstreamException ReportUnsuitable(string file, string why) =>
        Invalid(new Failure("DatasetReportUnsuitable", $"The report can't be written to '{file}': {why}")
        {
            Where = file,
            NextStep = "Give another file with --report, in a folder that exists.",
        });

    public static Failure DiskFailed(Exception error) => new("DatasetDiskFailed", $"A file could not be read or written: {error.Message}")
    {
        NextStep = "Check that there is room on the disk and in the folder of temporary files, and that you may read and write there.",
    };

    private static UpstreamException Invalid(Failure failure) => new(OutcomeKind.Invalid, failure);
}
