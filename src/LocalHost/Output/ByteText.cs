using System.Globalization;

namespace FineTune.LocalHost.Output;

/// <summary>Sizes as a person reads them, in decimal units.</summary>
internal static class ByteText
{
    private static readonly string[] Units = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>Such as <c>1.2 MB</c>.</summary>
    public static string Of(long bytes)
    {
        double value = bytes;
        int unit = 0;
        // 999.95 would be rounded to 1000.0.
        while (value >= 999.95 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? $"{bytes}" : value.ToString("0.0", CultureInfo.InvariantCulture))} {Units[unit]}");
    }
}
