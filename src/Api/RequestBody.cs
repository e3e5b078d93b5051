using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace FineTune.Api;

/// <summary>A request's body, bounded before it is read.</summary>
/// <param name="Content">The bytes; empty when there is no body.</param>
/// <param name="Refusal">Why it was not read, or null.</param>
internal sealed record RequestBody(ReadOnlyMemory<byte> Content, IResult? Refusal)
{
    /// <summary>The most bytes that a body of a person's request may have.</summary>
    public const int MaxBytes = 32 * 1024;

    /// <summary>Reads a JSON body.</summary>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellationToken, int maxBytes = MaxBytes)
    {
        if (request.ContentLength > maxBytes)
        {
            return new RequestBody(default, Problems.TooLarge(maxBytes));
        }

        ReadResult read = await request.BodyReader.ReadAtLeastAsync(maxBytes + 1, cancellationToken);
        bool isTooLarge = read.Buffer.Length > maxBytes;
        byte[] content = isTooLarge ? [] : read.Buffer.ToArray();

        // What was not handed back would cost the caller the connection.
        request.BodyReader.AdvanceTo(read.Buffer.End);
        if (isTooLarge)
        {
            return new RequestBody(default, Problems.TooLarge(maxBytes));
        }

        // A browser may send other media types to any address without asking; it must ask before it sends this one.
        return content.Length > 0 && !request.HasJsonContentType()
            ? new RequestBody(default, Problems.NotJson())
            : new RequestBody(content, Refusal: null);
    }

    /// <summary>Reads a small, optional body strictly.</summary>
    /// <returns>The value, <paramref name="absent"/> when there is no body; or the refusal.</returns>
    public static async Task<(T? Value, IResult? Refusal)> ReadAsync<T>(
        HttpRequest request, JsonTypeInfo<T> type, T absent, CancellationToken cancellationToken)
        where T : class
    {
        RequestBody body = await ReadAsync(request, cancellationToken);
        if (body.Refusal is not null || body.Content.IsEmpty)
        {
            return (absent, body.Refusal);
        }

        try
        {
            return (JsonSerializer.Deserialize(body.Content.Span, type) ?? absent, null);
        }
        catch (JsonException error)
        {
            return (null, Problems.Invalid([new(error.Path ?? "$", Explain(error, type), error.LineNumber + 1, error.BytePositionInLine + 1)]));
        }
    }

    // The serializer's own sentences speak of .NET.
    private static string Explain(JsonException error, JsonTypeInfo type)
    {
        if (error.InnerException is JsonException)
        {
            return $"Is not JSON: {error.Message.Split(" Path: ")[0]}";
        }

        string? name = error.Path?.StartsWith("$.", StringComparison.Ordinal) is true ? error.Path[2..] : null;
        JsonPropertyInfo? field = type.Properties.FirstOrDefault(field => string.Equals(field.Name, name, StringComparison.OrdinalIgnoreCase));
        return name is null ? "Must be an object."
            : field is null ? $"Is no field. There are: {string.Join(", ", type.Properties.Select(field => field.Name))}."
            : error.InnerException is null ? "Is given twice."
            : field.PropertyType == typeof(string) ? "Must be a string." : "Must be true or false.";
    }
}
