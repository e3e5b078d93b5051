using System.Globalization;
using System.Text;
using System.Text.Json;
using FineTune.Datasets;
using FineTune.Datasets.Reports;
using FineTune.Durable;
using FineTune.LocalHost.Commands;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Offline;

/// <summary>Checks a dataset on this machine, and prepares it when there is a folder for it, with what a run does it with.</summary>
/// <param name="context">Where it is told.</param>
/// <param name="arguments">What is asked for.</param>
internal sealed class DatasetCheck(CommandContext context, DatasetArguments arguments)
{
    private const int ListedFindings = 1000;
    private static readonly JsonSerializerOptions Indented = new(DurableJson.Options) { WriteIndented = true };

    /// <summary>Does it, and tells the result.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // A command is told of Ctrl+C only once its action has returned: before that, it would end in the middle and leave what it made.
        await Task.Yield();
        try
        {
            return await CheckAsync(cancellationToken);
        }
        catch (UpstreamException error)
        {
            return await FailAsync(error.Failure);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(OutputErrors.DiskFailed(error));
        }
    }

    private async Task<int> CheckAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, DatasetFile> files = LocalDataset.Find(arguments.Paths).ToDictionary(file => ShortName(file.Name), StringComparer.Ordinal);
        string[] sources = [.. files.Values.Select(file => file.Name)];
        CheckReports(sources);
        var options = new DatasetOptions
        {
            Model = arguments.Model,
            ContextLength = arguments.ContextLength,
            Epochs = arguments.Epochs,
            IncludeExcerpts = arguments.Excerpts,
            MaxListedPerCode = Math.Max(ListedFindings, arguments.Show),
        };
        if (arguments.Model is { } model && options.Family == ModelFamily.Unknown)
        {
            context.Errors.Write($"! The family of '{model}' is not known: special tokens of all families are looked for, and are warnings.", Screen.Notice);
        }

        using PreparedFolder? folder = arguments.Out is null ? null : PreparedFolder.Begin(arguments.Out, [.. sources, .. arguments.Reports]);
        DatasetPreparationResult result = InWordsOfOptions(await PrepareAsync(files, options, folder, cancellationToken));
        await WriteReportsAsync(result, cancellationToken);
        if (folder is not null && result.Refusal is null)
        {
            await WriteJsonAsync(Path.Combine(folder.Draft, PreparedFolder.Manifest), DatasetManifest.Of(arguments.Request, result), cancellationToken);
            await WriteJsonAsync(Path.Combine(folder.Draft, PreparedFolder.Report), result.Report, cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder.Draft, PreparedFolder.Page), DatasetReportPage.Write(Title(), result), cancellationToken);
            folder.Complete();
        }

        await TellAsync(result, result.Refusal is null ? folder?.FullName : null);
        return result.Refusal is null ? ExitCode.Success : ExitCode.Findings;
    }

    /// <summary>Next steps name what a <c>run.json</c> has; here it is called otherwise.</summary>
    private static DatasetPreparationResult InWordsOfOptions(DatasetPreparationResult result) => result.Refusal is not { NextStep: { } nextStep } refusal
        ? result
        : result with
        {
            Refusal = refusal with
            {
                NextStep = nextStep.Replace("maxInvalidPercent", "--max-invalid-percent", StringComparison.Ordinal).Replace("a repair policy", "--repair", StringComparison.Ordinal),
            },
        };

    private async Task<DatasetPreparationResult> PrepareAsync(
        Dictionary<string, DatasetFile> files, DatasetOptions options, PreparedFolder? folder, CancellationToken cancellationToken)
    {
        string temporary = folder?.Temporary ?? Directory.CreateTempSubdirectory("finetune-validate-").FullName;
        try
        {
            using var progress = new ReadingProgress(context.Errors, context.Time, files.Values.Sum(file => file.Length));
            return await new DatasetPreparation(context.Time, options).PrepareAsync(
                [.. files.Select(file => file.Value with { Name = file.Key })],
                (file, cancel) => LocalDataset.OpenAsync(files[file.Name], cancel),
                arguments.Request,
                folder is null ? new DiscardingSink() : new DirectorySink(folder.Draft),
                temporary,
                progress,
                cancellationToken);
        }
        finally
        {
            // It is still there when the names alone were refused.
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }

    /// <summary>Below the current folder by the path from there, as compilers do.</summary>
    private static string ShortName(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) ? path : relative.Replace(Path.DirectorySeparatorChar, '/');
    }

    /// <summary>Before the reading, which may take long: a report that can't be written, or would replace the dataset.</summary>
    private void CheckReports(string[] sources)
    {
        foreach (string report in arguments.Reports)
        {
            string path = Path.GetFullPath(report);
            if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(path)))
            {
                throw OutputErrors.ReportUnsuitable(report, Directory.Exists(path) ? "it is a folder." : "its folder does not exist.");
            }

            if (File.Exists(path) && sources.Any(source => string.Equals(RealPath.Of(source), RealPath.Of(path), StringComparison.OrdinalIgnoreCase)))
            {
                throw OutputErrors.ReportUnsuitable(report, "it is a file of the dataset.");
            }
        }
    }

    private async Task WriteReportsAsync(DatasetPreparationResult result, CancellationToken cancellationToken)
    {
        foreach (string report in arguments.Reports)
        {
            if (report.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            {
                await WriteJsonAsync(report, result.Report, cancellationToken);
            }
            else
            {
                await File.WriteAllTextAsync(report, DatasetReportPage.Write(Title(), result), cancellationToken);
            }
        }
    }

    private static async Task WriteJsonAsync<T>(string path, T value, CancellationToken cancellationToken)
    {
        await using FileStream json = File.Create(path);
        await JsonSerializer.SerializeAsync(json, value, Indented, cancellationToken);
    }

    private string Title()
    {
        string first = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(arguments.Paths[0])));
        return arguments.Paths.Count == 1 ? first : string.Create(CultureInfo.InvariantCulture, $"{first} and {arguments.Paths.Count - 1} more");
    }

    private async Task TellAsync(DatasetPreparationResult result, string? folder)
    {
        if (arguments.Json)
        {
            await WriteDocumentAsync(new DatasetDocument(
                result.Refusal is null ? DatasetOutcome.Valid : DatasetOutcome.Refused, result.Refusal, folder, result.Splits, result.Report));
            return;
        }

        new DatasetPrinter(context.Screen, arguments).Print(result, folder);
    }

    private async Task<int> FailAsync(Failure failure)
    {
        try
        {
            context.Errors.PrintFailure(failure);
            if (arguments.Json)
            {
                await WriteDocumentAsync(new DatasetDocument(DatasetOutcome.Failed, failure, Folder: null, [], Report: null));
            }
        }
        catch (IOException)
        {
            // What it is told to can't be written either, as a full disk: only the exit code is left.
        }

        return ExitCode.Failure;
    }

    private Task WriteDocumentAsync(DatasetDocument document) => context.Output.WriteLineAsync(JsonSerializer.Serialize(document, DurableJson.Options));
}
