using System.Globalization;
using System.Text;

namespace FineTune.Workflow.Rules;

/// <summary>Writes JSON paths as messages show them: <c>$.deployment.instanceCount</c>.</summary>
internal static class JsonPath
{
    private const int MaxShown = 128;

    /// <summary>The path of an object's member.</summary>
    /// <param name="parent">The object's path.</param>
    /// <param name="name">The member's name; quoted when it is no plain word, cut when long.</param>
    /// <returns>The path.</returns>
    public static string Member(string parent, string name)
    {
        if (name.Length is > 0 and <= MaxShown && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            return $"{parent}.{name}";
        }

        var path = new StringBuilder(parent).Append("['");
        int end = name.Length <= MaxShown ? name.Length : MaxShown - (char.IsHighSurrogate(name[MaxShown - 1]) ? 1 : 0);
        foreach (char c in name.AsSpan(0, end))
        {
            _ = c is '\'' or '\\' ? path.Append('\\').Append(c)
                : char.IsControl(c) ? path.Append(CultureInfo.InvariantCulture, $@"\u{(int)c:x4}")
                : path.Append(c);
        }

        return path.Append(end < name.Length ? "..." : string.Empty).Append("']").ToString();
    }
}
