using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace FineTune.Workflow.Reports;

/// <summary>
/// A piece of a page. Made by interpolation, where only the literal parts and other pieces count as markup: every value is cut
/// and encoded, so that no training data, model answer or service message can become part of the page's structure.
/// </summary>
internal readonly record struct Html
{
    private readonly string? _markup;

    private Html(string markup) => _markup = markup;

    /// <summary>A page or a part of one; well-formed as XML when the literals are.</summary>
    public static Html Of(Interpolation text) => new(text.ToMarkup());

    /// <summary>One piece after the other.</summary>
    public static Html Each<T>(IEnumerable<T> items, Func<T, Html> render) => new(string.Join('\n', items.Select(render)));

    /// <summary>An address as a link if a browser may follow it, else as text: <c>javascript:</c> and <c>azureml:</c> are not for clicking.</summary>
    public static Html Link(string address) =>
        address.Length <= Interpolation.MaxLength
            && Uri.TryCreate(address, UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            ? Of($"""<a href="{address}" rel="noreferrer">{address}</a>""")
            : Of($"<code>{address}</code>");

    /// <inheritdoc/>
    public override string ToString() => _markup ?? "";

    /// <summary>What the compiler calls for <c>Html.Of($"...")</c>.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Interpolation(int literalLength, int formattedCount)
    {
        /// <summary>UTF-16 units of one value that are shown at most.</summary>
        public const int MaxLength = 2_000;

        private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

        public void AppendLiteral(string value) => _text.Append(value);

        public void AppendFormatted(Html value) => _text.Append(value._markup);

        public void AppendFormatted(long value) => _text.Append(value);

        /// <summary>A coordinate. Measured values go through <see cref="Words.Number"/>.</summary>
        public void AppendFormatted(double value) => _text.Append(CultureInfo.InvariantCulture, $"{value:0.##}");

        public void AppendFormatted(string? value)
        {
            if (value is null)
            {
                return;
            }

            int shown = value.Length <= MaxLength ? value.Length : MaxLength - (char.IsHighSurrogate(value[MaxLength - 1]) ? 1 : 0);
            foreach (Rune rune in value.AsSpan(0, shown).EnumerateRunes())
            {
                _ = rune.Value switch
                {
                    '<' => _text.Append("&lt;"),
                    '>' => _text.Append("&gt;"),
                    '&' => _text.Append("&amp;"),
                    '"' => _text.Append("&quot;"),
                    '\'' => _text.Append("&#39;"),
                    '\t' or '\n' => _text.Append((char)rune.Value),
                    '\r' => _text.Append(""),
                    < ' ' or (>= 0x7F and <= 0x9F) or 0xFFFE or 0xFFFF => _text.Append('\uFFFD'),
                    _ => _text.Append(rune.ToString()),
                };
            }

            if (shown < value.Length)
            {
                _text.Append(CultureInfo.InvariantCulture, $"… [cut: the first {shown:N0} of {value.Length:N0} characters]");
            }
        }

        public string ToMarkup() => _text.ToString();
    }
}
