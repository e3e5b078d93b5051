namespace FineTune.OpenApi;

/// <summary>Where the real service, or Microsoft's own client, is on record as not keeping to the documents, so that a faithful simulator doesn't either.</summary>
internal static class KnownDeviations
{
    private static readonly (string Operations, string PathEnd, string Problem)[] All =
    [
        // Recorded: a pipeline's child job is answered 200 without its properties.
        ("Jobs_Get", "response $.properties", "is required and missing"),

        // Recorded, with 2022-12-01-preview: a job shows the asset that an output is to become, null when it is to be none.
        ("Jobs_", ".outputs.*.assetName", "is not in the document"),
        ("Jobs_", ".outputs.*.assetVersion", "is not in the document"),

        // Recorded: the workspace has an etag, null.
        ("Workspaces_Get", "response $.etag", "is not in the document"),

        // Microsoft's Python client writes "Lowpriority", and the service takes its enums in any case.
        ("Compute_CreateOrUpdate", "request $.properties.properties.vmPriority", "is 'Lowpriority', not one of Dedicated, LowPriority"),
        ("Compute_CreateOrUpdate", "request $.properties.properties.vmPriority", "is 'dedicated', not one of Dedicated, LowPriority"),

        // Ours: a simulator whose clock runs fast asks for waits that fit its clock, or clients would sleep through it.
        ("", "response header Retry-After", "is 1, out of range"),
    ];

    public static bool Contains(string operation, string path, string problem) => Array.Exists(
        All,
        known => operation.StartsWith(known.Operations, StringComparison.Ordinal) && path.EndsWith(known.PathEnd, StringComparison.Ordinal) && problem == known.Problem);
}
