using System.Reflection;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using Microsoft.Extensions.Options;

namespace FineTune.LocalHost.Configuration;

/// <summary>
/// Everything that can be set, with its default; the section <c>FineTune</c> of <c>appsettings.json</c> in the current folder
/// and of the environment (<c>FineTune__Storage__AzuritePort=0</c>). Described in docs/local-host.md.
/// </summary>
public sealed class HostSettings
{
    /// <summary>The section's name.</summary>
    public const string Section = "FineTune";

    /// <summary>The API's port on 127.0.0.1; 0 takes any free one. Default 7071, as the Functions host.</summary>
    public int Port { get; set; } = 7071;

    /// <summary>The folder of the host's state: runs, Azurite's blobs, the simulated cloud. Default <c>.finetune</c>.</summary>
    public string Data { get; set; } = ".finetune";

    /// <summary>
    /// Seconds of the host's time in a real second. Default: what the data folder had before, else 1. Only for a simulated
    /// workspace.
    /// </summary>
    public double? Speed { get; set; }

    /// <summary>A file like a <c>run.json</c>, laid over the product's defaults: what every request is laid upon in turn. Null for none.</summary>
    public string? DefaultRequest { get; set; }

    /// <summary>Storage.</summary>
    public StorageSettings Storage { get; set; } = new();

    /// <summary>The workspace.</summary>
    public WorkspaceSettings Workspace { get; set; } = new();

    /// <summary>The simulated workspace.</summary>
    public SimulatorSettings Simulator { get; set; } = new();

    /// <summary>Dropped datasets.</summary>
    public DropSettings Drops { get; set; } = new();

    /// <summary>The sweeper.</summary>
    public SweeperSettings Sweeper { get; set; } = new();

    /// <summary>Reads the settings of this process. Names that are no settings are refused: a typing error must not pass silently.</summary>
    /// <returns>The settings, not checked yet.</returns>
    /// <exception cref="OptionsValidationException">Something can't be read as what it should be.</exception>
    public static HostSettings Load() => Read(new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(Directory.GetCurrentDirectory(), "appsettings.json"), optional: true)
        .AddEnvironmentVariables());

    /// <summary>Checks everything and reads the default request.</summary>
    /// <returns>The default request.</returns>
    /// <exception cref="OptionsValidationException">Something is wrong; all of it is named.</exception>
    public RunRequest Check()
    {
        var errors = new List<string>();
        void Expect(bool condition, string name, string rule)
        {
            if (!condition)
            {
                errors.Add($"{Section}:{name} {rule}");
            }
        }

        foreach ((string name, int port) in (ReadOnlySpan<(string, int)>)
            [("Port", Port), ("Storage:AzuritePort", Storage.AzuritePort), ("Simulator:Port", Simulator.Port)])
        {
            Expect(port is >= 0 and <= ushort.MaxValue, name, "must be a port from 0 to 65535.");
        }

        Expect(!string.IsNullOrWhiteSpace(Data), "Data", "must name a folder.");
        Expect(Speed is null or (>= 0.001 and <= 100_000), "Speed", "must be 0.001 to 100000.");
        Expect(Speed is null or 1 || Workspace.IsSimulated, "Speed", "is for the simulator only: a real workspace has real time.");
        Expect(Storage.ConnectionString is null || Storage.ServiceUri is null, "Storage", "takes ConnectionString or ServiceUri, not both.");
        Expect(Storage.ServiceUri is null || Storage.ServiceUri is { IsAbsoluteUri: true, Scheme: "https" }, "Storage:ServiceUri", "must be an https address.");
        Expect(
            Storage.ServiceUri is null || !Workspace.IsSimulated,
            "Storage:ServiceUri",
            "needs a real workspace; the simulator opens storage by ConnectionString, or Azurite.");
        Expect(
            Workspace.IsSimulated || (Workspace.SubscriptionId is not null && Workspace.ResourceGroup is not null && Workspace.Name is not null),
            "Workspace",
            "needs SubscriptionId, ResourceGroup and Name for a real workspace, or none of them for the simulator.");
        Expect(Workspace.FindCloud() is not null, "Workspace:Cloud", "must be Public, China or USGovernment.");
        Expect(Drops.Interval is null || Drops.Interval > TimeSpan.Zero, "Drops:Interval", "must be above zero.");
        Expect(Drops.SettlingTime >= TimeSpan.Zero && Drops.SettlingTime <= TimeSpan.FromHours(1), "Drops:SettlingTime", "must be zero to one hour.");
        Expect(Sweeper.Interval >= TimeSpan.Zero, "Sweeper:Interval", "must be zero (off) or above.");
        RunRequest request = ReadDefaultRequest(errors);
        return errors.Count == 0 ? request : throw new OptionsValidationException(Section, typeof(HostSettings), errors);
    }

    internal static HostSettings Read(IConfigurationBuilder builder)
    {
        try
        {
            IConfigurationSection section = builder.Build().GetSection(Section);
            List<string> unknown = [.. UnknownNames(section, typeof(HostSettings))];
            return unknown.Count == 0
                ? section.Get<HostSettings>() ?? new HostSettings()
                : throw new OptionsValidationException(Section, typeof(HostSettings), unknown);
        }
        catch (Exception error) when (error is InvalidOperationException or InvalidDataException)
        {
            string message = error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message;
            throw new OptionsValidationException(Section, typeof(HostSettings), [message]);
        }
    }

    private static IEnumerable<string> UnknownNames(IConfigurationSection section, Type settings)
    {
        PropertyInfo[] properties = settings.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToArray();
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? property = Array.Find(properties, property => string.Equals(property.Name, child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                string? meant = NearestName.Find(child.Key, properties.Select(property => property.Name));
                yield return $"{child.Path} is no setting.{(meant is null ? "" : $" Did you mean {section.Path}:{meant}?")}";
            }
            else if (property.PropertyType.Namespace == typeof(HostSettings).Namespace)
            {
                foreach (string name in UnknownNames(child, property.PropertyType))
                {
                    yield return name;
                }
            }
        }
    }

    private RunRequest ReadDefaultRequest(List<string> errors)
    {
        var defaults = new RunRequest();
        if (DefaultRequest is null)
        {
            return defaults;
        }

        try
        {
            RunRequestReadResult read = RunRequestReader.Read(File.ReadAllBytes(DefaultRequest), defaults);
            errors.AddRange(read.Errors.Select(error => $"{DefaultRequest}: {error}"));
            return read.Request ?? defaults;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{Section}:DefaultRequest names a file that can't be read: {error.Message}");
            return defaults;
        }
    }
}
