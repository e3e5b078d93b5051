using System.CommandLine;
using System.CommandLine.Parsing;

namespace FineTune.LocalHost.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary>Where a running host answers.</summary>
    public static Option<Uri> Url() => new("--url")
    {
        Description = "Where the host answers.",
        HelpName = "address",
        DefaultValueFactory = static _ => new Uri("http://127.0.0.1:7071"),
        CustomParser = static result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
            {
                return address;
            }

            result.AddError($"--url takes an address such as http://127.0.0.1:7071, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    /// <summary>A run's id.</summary>
    public static Argument<string> RunId() => new("id") { Description = "The run's id, such as run-0f3c9a…; 'finetune list' shows them." };

    /// <summary>How fast the host's clock goes.</summary>
    public static Option<double?> Speed(string description)
    {
        var option = new Option<double?>("--speed") { Description = description, HelpName = "factor" };
        option.Validators.Add(static result => CheckRange(result, 0.001, 100_000));
        return option;
    }

    /// <summary>JSON instead of text for people.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Writes JSON, for scripts." };

    /// <summary>More log.</summary>
    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Logs what goes on, not only what goes wrong." };

    private static void CheckRange(OptionResult result, double min, double max)
    {
        if (result.Tokens is [{ } token]
            && double.TryParse(token.Value, System.Globalization.CultureInfo.InvariantCulture, out double value)
            && !(value >= min && value <= max))
        {
            result.AddError($"{result.Option.Name} takes a number from {min} to {max}, not {token.Value}.");
        }
    }
}
