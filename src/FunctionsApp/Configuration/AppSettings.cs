using System.Text;
using FineTune.AzureMachineLearning;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using Microsoft.Extensions.Options;

namespace FineTune.FunctionsApp.Configuration;

/// <summary>
/// What can be set of the app itself: the section <c>FineTune</c> of its settings (<c>FineTune__Workspace__Name</c>). The
/// Functions host and its triggers have settings of their own; docs/azure-reference.md lists them all.
/// </summary>
public sealed class AppSettings
{
    /// <summary>The section's name.</summary>
    public const string Section = "FineTune";

    /// <summary>A request like a <c>run.json</c>, as JSON, laid over the product's defaults: what every request is laid upon in turn. Empty for none.</summary>
    public string? DefaultRequest { get; set; }

    /// <summary>
    /// Whether callers must be signed in with Entra ID and have the app role of what they ask for. Needs App Service
    /// authentication (Easy Auth). When false, the default, a function's key alone opens it.
    /// </summary>
    public bool RequireSignIn { get; set; }

    /// <summary>
    /// How long the history of an ended run is kept, from its beginning; at least a day, zero for good. Default 90 days. Its
    /// records in storage stay.
    /// </summary>
    public TimeSpan HistoryRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The workspace.</summary>
    public WorkspaceSettings Workspace { get; set; } = new();

    /// <summary>Dropped datasets.</summary>
    public DropSettings Drops { get; set; } = new();

    /// <summary>Reads the settings and checks everything. Names that are no settings are refused: a typing error must not pass silently.</summary>
    /// <param name="configuration">The app's configuration.</param>
    /// <returns>The settings, and the default request.</returns>
    /// <exception cref="OptionsValidationException">Something is wrong; all of it is named.</exception>
    public static (AppSettings Settings, RunRequest DefaultRequest) Load(IConfiguration configuration)
    {
        AppSettings settings = Bind(configuration);
        var errors = new List<string>();
        settings.Workspace.Check(errors);
        if (settings.Drops.SettlingTime < TimeSpan.Zero || settings.Drops.SettlingTime > TimeSpan.FromHours(1))
        {
            errors.Add($"{Section}:Drops:SettlingTime must be zero to one hour.");
        }

        if (settings.HistoryRetention != TimeSpan.Zero && settings.HistoryRetention < TimeSpan.FromDays(1))
        {
            errors.Add($"{Section}:HistoryRetention must be a day or more, or zero to keep histories for good.");
        }

        // Without the platform's authentication in front, anybody could send the header that names the caller.
        if (settings.RequireSignIn && !string.Equals(configuration["WEBSITE_AUTH_ENABLED"], "True", StringComparison.OrdinalIgnoreCase))
        {
            errors.Add($"{Section}:RequireSignIn needs App Service authentication (Easy Auth), which is off for this app.");
        }

        RunRequest request = settings.ReadDefaultRequest(errors);
        return errors.Count == 0 ? (settings, request) : throw new OptionsValidationException(Section, typeof(AppSettings), errors);
    }

    private static AppSettings Bind(IConfiguration configuration)
    {
        try
        {
            return configuration.GetSection(Section).Get<AppSettings>(options => options.ErrorOnUnknownConfiguration = true) ?? new AppSettings();
        }
        catch (InvalidOperationException error)
        {
            throw new OptionsValidationException(Section, typeof(AppSettings), [$"{error.Message} {error.InnerException?.Message}".TrimEnd()]);
        }
    }

    private RunRequest ReadDefaultRequest(List<string> errors)
    {
        var defaults = new RunRequest();
        if (string.IsNullOrWhiteSpace(DefaultRequest))
        {
            return defaults;
        }

        RunRequestReadResult read = RunRequestReader.Read(Encoding.UTF8.GetBytes(DefaultRequest), defaults);
        errors.AddRange(read.Errors.Select(error => $"{Section}:DefaultRequest: {error}"));
        return read.Request ?? defaults;
    }
}
