using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>One line of JSON for every request that came in: when, what, and how it was answered. Never a query, a header or a body.</summary>
internal sealed class RequestLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private int _count;

    public RequestLog(string directory)
    {
        _path = Path.Combine(directory, "requests.jsonl");
        _stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _count = File.ReadLines(_path).Count();
    }

    /// <summary>How many requests there were.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a request: its status is 0 if the connection was cut instead of an answer, its fault the planned one that it met.</summary>
    public void Write(DateTimeOffset time, string method, string path, int status, string? fault)
    {
        lock (_gate)
        {
            _buffer.ResetWrittenCount();
            using (Utf8JsonWriter writer = new(_buffer))
            {
                writer.WriteStartObject();
                writer.WriteString("time", time);
                writer.WriteString("method", method);
                writer.WriteString("path", path);
                writer.WriteNumber("status", status);
                if (fault is not null)
                {
                    writer.WriteString("fault", fault);
                }

                writer.WriteEndObject();
            }

            _buffer.GetSpan(1)[0] = (byte)'\n';
            _buffer.Advance(1);
            _stream.Write(_buffer.WrittenSpan);
            _count++;
        }
    }

    /// <summary>All requests in the order of their answers.</summary>
    public JsonArray Read()
    {
        JsonArray requests = [];
        using FileStream stream = new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        while (reader.ReadLine() is { } line)
        {
            // The last line may be cut off where an earlier process died.
            if (line.EndsWith('}'))
            {
                requests.Add(JsonNode.Parse(line));
            }
        }

        return requests;
    }

    /// <summary>The last requests, the youngest first.</summary>
    public IReadOnlyList<JsonObject> Last(int count)
    {
        const int longestLine = 4096;
        using FileStream stream = new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        bool cut = stream.Length > count * longestLine;
        stream.Position = cut ? stream.Length - (count * longestLine) : 0;
        using StreamReader reader = new(stream);
        if (cut)
        {
            reader.ReadLine();
        }

        Queue<string> lines = new(count + 1);
        while (reader.ReadLine() is { } line)
        {
            // The last line may be cut off where an earlier process died.
            if (line.EndsWith('}'))
            {
                lines.Enqueue(line);
                if (lines.Count > count)
                {
                    lines.Dequeue();
                }
            }
        }

        return [.. lines.Reverse().Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    public void Dispose() => _stream.Dispose();
}
