using System.Text;
using System.Text.Json;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>What a service said when it refused, whichever of the services it was.</summary>
/// <param name="Code">Its code, the outermost one; null when it gave none.</param>
/// <param name="Message">Its words, cut at <see cref="LongestMessage"/> characters; empty when it gave none.</param>
/// <param name="Codes">All codes, the nested ones too: the telling one is often inside.</param>
/// <param name="RequestId">The request id in the body, if any.</param>
internal sealed record ServiceError(string? Code, string Message, IReadOnlyList<string> Codes, string? RequestId)
{
    private const int LongestMessage = 2_000;
    private const int DeepestNesting = 8;

    private static readonly ServiceError Silent = new(null, "", [], null);

    /// <summary>Reads the body of an error answer: JSON of any known shape, or text.</summary>
    public static ServiceError Parse(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            return Silent;
        }

        try
        {
            return Read(JsonElement.Parse(content));
        }
        catch (JsonException)
        {
            return Silent with { Message = Cut(Encoding.UTF8.GetString(content[..Math.Min(content.Length, LongestMessage)])) };
        }
    }

    /// <summary>
    /// Reads an error object: ARM's <c>{"error":{code,message,details,innererror}}</c> (common-types v3, also without the envelope),
    /// run history's <c>{"error":{code,message,innerError},"correlation":{...}}</c>, MLflow's <c>{"error_code","message"}</c>,
    /// and a scoring container's <c>{"error":"text"}</c>, <c>{"message":"text"}</c> or <c>"text"</c>.
    /// </summary>
    public static ServiceError Read(JsonElement body)
    {
        // Run history's job errors come in two envelopes.
        JsonElement error = body;
        while (error.At("error") is { ValueKind: JsonValueKind.Object } inner)
        {
            error = inner;
        }

        var codes = new List<string>();
        var messages = new List<string>();
        Collect(error, codes, messages, DeepestNesting);
        string? text = error.Text() ?? error.At("error").Text() ?? error.At("detail").Text();
        if (messages.Count == 0 && text is not null)
        {
            messages.Add(text);
        }

        JsonElement correlation = body.At("correlation");
        return new ServiceError(
            codes.Count > 0 ? codes[0] : null,
            Cut(string.Join(" ", messages)),
            codes,
            correlation.At("request").Text() ?? correlation.At("operation").Text());
    }

    private static void Collect(JsonElement error, List<string> codes, List<string> messages, int depth)
    {
        if (depth == 0 || error.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if ((error.At("code").Text() ?? error.At("error_code").Text()) is { Length: > 0 } code)
        {
            codes.Add(code);
        }

        // Details often repeat the outer message word for word.
        if (error.At("message").Text()?.Trim() is { Length: > 0 } message && !messages.Exists(known => known.Contains(message, StringComparison.Ordinal)))
        {
            messages.Add(message);
        }

        Collect(error.At("innererror"), codes, messages, depth - 1);
        foreach (JsonElement detail in error.At("details").Items())
        {
            Collect(detail, codes, messages, depth - 1);
        }
    }

    private static string Cut(string text) => text.Length <= LongestMessage ? text.Trim() : string.Concat(text.AsSpan(0, LongestMessage).Trim(), " …");
}
