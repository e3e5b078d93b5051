using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>
/// Names of what a run makes. Those of jobs and endpoints follow from the run id alone, so that work done twice finds the first one's resource.
/// </summary>
public static class ResourceNames
{
    /// <summary>Azure ML's limit for names of jobs, models and experiments (<c>^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$</c>).</summary>
    public const int MaxLength = 255;

    /// <summary>Azure ML's limit for an endpoint's name; the least is 3.</summary>
    public const int MaxEndpointLength = 32;

    private const int MaxDatasetLength = 64;
    private const int HashLength = 10;
    private const string JobPrefix = "finetune-";

    /// <summary>The pipeline job's name: the run's idempotency key in Azure ML.</summary>
    /// <param name="runId">The run.</param>
    /// <returns>A name of at most 255 letters, digits, dashes and underscores; different for different runs.</returns>
    public static string Job(string runId)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        string name = JobPrefix + runId;
        string clean = Clean(name);

        // What cleaning makes alike, the hash keeps apart.
        return clean == name && name.Length <= MaxLength ? name : $"{Cut(clean, MaxLength - HashLength - 1)}-{Hash(runId)}";
    }

    /// <summary>The run whose job has a name.</summary>
    /// <param name="jobName">The job's name.</param>
    /// <returns>The run's id; null for the name of a step, or of a job that is no run's.</returns>
    public static string? RunOfJob(string jobName)
    {
        ArgumentNullException.ThrowIfNull(jobName);
        return jobName.StartsWith(JobPrefix, StringComparison.Ordinal) && jobName[JobPrefix.Length..] is { Length: > 0 } runId && Job(runId) == jobName
            ? runId
            : null;
    }

    /// <summary>The endpoint's name. It must be unique in the region, hence the hash.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="modelName">The base model's name, for people who read the list of endpoints.</param>
    /// <param name="attempt">0 for the first; a deleted name can stay blocked for a while, so each later attempt takes another.</param>
    /// <returns>3 to 32 lower-case letters, digits and single dashes, beginning with a letter and ending without a dash.</returns>
    public static string Endpoint(string runId, string modelName, int attempt = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        ArgumentOutOfRangeException.ThrowIfNegative(attempt);
        string suffix = attempt == 0 ? Hash(runId) : string.Create(CultureInfo.InvariantCulture, $"{Hash(runId)}-{attempt + 1L}");
        string slug = Slug(modelName, MaxEndpointLength - suffix.Length - 1).TrimStart([.. "0123456789-"]);
        return slug.Length == 0 ? $"ft-{suffix}" : $"{slug}-{suffix}";
    }

    /// <summary>The registered model's name: <c>{model}-{dataset}</c> with slashes replaced by dashes, as in the notebook (<c>…-ultrachat-200k</c>).</summary>
    /// <param name="modelName">The base model's name.</param>
    /// <param name="datasetName">The dataset's name.</param>
    /// <returns>A name of at most 255 letters, digits, dashes and underscores, beginning with a letter or digit.</returns>
    public static string Model(string modelName, string datasetName) => Cut(Clean($"{modelName}-{datasetName}"), MaxLength);

    /// <summary>A name for a dataset, from where it lies: the blob's name without its dataset extension, or the folder's name.</summary>
    /// <param name="path">The path, with forward slashes; a folder's ends with one.</param>
    /// <returns>At most 64 lower-case letters, digits, dashes and underscores; <c>dataset</c> when the path holds none of them.</returns>
    public static string DatasetName(string path)
    {
        bool isFolder = path.EndsWith('/');
        string name = path.TrimEnd('/');
        name = name[(name.LastIndexOf('/') + 1)..];
        if (!isFolder)
        {
            string? extension = DroppedBlobs.DatasetExtensions.FirstOrDefault(item => name.EndsWith(item, StringComparison.OrdinalIgnoreCase));
            name = extension is null || extension.Length == name.Length ? name : name[..^extension.Length];
        }

        string slug = Slug(name, MaxDatasetLength, keepUnderscores: true);
        return slug.Length == 0 ? "dataset" : slug;
    }

    /// <summary>The experiment's name: <c>chat_completion_{model}</c>, as in the notebook.</summary>
    /// <param name="modelName">The base model's name.</param>
    /// <returns>A name of at most 255 letters, digits, dashes and underscores.</returns>
    public static string Experiment(string modelName) => Cut(Clean($"chat_completion_{modelName}"), MaxLength);

    /// <summary>The registered model's version: the second at which the run started since 1970, as in the notebook.</summary>
    /// <param name="startedAt">When the run started; fixed for a run, so that a repeated registration is the same one.</param>
    /// <returns>Decimal digits.</returns>
    public static string ModelVersion(DateTimeOffset startedAt) => startedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a split's file name can be sent to the component, whose paths may hold neither a backslash nor an apostrophe.</summary>
    /// <param name="fileName">The file's name, without folders.</param>
    /// <returns>What is wrong, or null.</returns>
    public static Failure? CheckSplitFileName(string fileName) =>
        fileName.Length == 0 || fileName is "." or ".." || fileName.Any(static c => c is '\\' or '\'' or '/' || char.IsControl(c))
            ? new Failure("InvalidFileName", $"The name \"{fileName}\" can't be a split's: it must not be empty nor hold a slash, a backslash, an apostrophe or a control character.")
            {
                NextStep = "Rename the file.",
            }
            : null;

    // Letters, digits, dashes, underscores; a letter or digit first. Runs of others become one dash, except that each slash counts, as in the notebook.
    private static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length);
        bool isReplacing = false;
        foreach (char c in name)
        {
            bool isKept = char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
            if (isKept || c == '/' || !isReplacing)
            {
                clean.Append(isKept ? c : '-');
            }

            isReplacing = !isKept;
        }

        string text = clean.ToString().TrimStart('-', '_');
        return text.Length == 0 ? "unnamed" : text;
    }

    private static string Slug(string name, int maxLength, bool keepUnderscores = false)
    {
        var slug = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || (keepUnderscores && c == '_'))
            {
                slug.Append(char.ToLowerInvariant(c));
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return Cut(slug.ToString().TrimStart('_', '-'), maxLength);
    }

    private static string Cut(string name, int maxLength) => (name.Length <= maxLength ? name : name[..maxLength]).TrimEnd('-');

    // 50 bits: among a million runs of a region, a clash has a probability of one in two thousand.
    private static string Hash(string text)
    {
        const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(text));
        return string.Create(HashLength, hash, static (span, bytes) =>
        {
            ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = Alphabet[(int)(bits & 31)];
                bits >>= 5;
            }
        });
    }
}
