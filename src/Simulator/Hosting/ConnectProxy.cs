using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace FineTune.Simulator.Hosting;

/// <summary>
/// Lets clients reach the simulator under Azure's own names: a connection that begins with <c>CONNECT management.azure.com:443</c>, as one
/// does where HTTPS_PROXY is set, is answered here and goes on as TLS to the simulator itself. Only names that the simulator stands in for are
/// taken; nothing is ever forwarded. A connection that begins with TLS at once is left alone.
/// </summary>
internal static class ConnectProxy
{
    private const int MaxHead = 8192;

    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        if (await EnterAsync(connection.Transport, connection.ConnectionClosed))
        {
            await next(connection);
        }
    };

    private static async Task<bool> EnterAsync(IDuplexPipe transport, CancellationToken closed)
    {
        while (true)
        {
            ReadResult read = await transport.Input.ReadAsync(closed);
            ReadOnlySequence<byte> buffer = read.Buffer;
            if (buffer.IsEmpty)
            {
                transport.Input.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                {
                    return false;
                }

                continue;
            }

            // A handshake record of TLS begins with 22.
            if (buffer.FirstSpan[0] == 22)
            {
                transport.Input.AdvanceTo(buffer.Start);
                return true;
            }

            if (Head(buffer, out SequencePosition end) is { } head)
            {
                transport.Input.AdvanceTo(end);
                string? refusal = Refusal(head);
                await transport.Output.WriteAsync(Encoding.ASCII.GetBytes(refusal ?? "HTTP/1.1 200 Connection established\r\n\r\n"), closed);
                return refusal is null;
            }

            transport.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted || buffer.Length > MaxHead)
            {
                return false;
            }
        }
    }

    private static string? Head(ReadOnlySequence<byte> buffer, out SequencePosition end)
    {
        SequenceReader<byte> reader = new(buffer);
        if (reader.TryReadTo(out ReadOnlySequence<byte> head, EndOfHead))
        {
            end = reader.Position;
            return Encoding.Latin1.GetString(head);
        }

        end = buffer.Start;
        return null;
    }

    /// <summary>None if the simulator stands in for the host that is asked for.</summary>
    private static string? Refusal(string head)
    {
        string[] words = head.Split("\r\n", 2)[0].Split(' ');
        if (words is not ["CONNECT", { } target, _])
        {
            return Answer("400 Bad Request", "This port speaks https, and is a proxy for https to Azure's names. Without TLS the simulator is on its other port.");
        }

        int colon = target.LastIndexOf(':');
        return colon > 0 && target[(colon + 1)..] == "443" && AzureHosts.IsServed(target[..colon])
            ? null
            : Answer("403 Forbidden", $"The simulator does not stand in for {target}, and forwards nothing.");
    }

    private static string Answer(string status, string text) =>
        $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.ASCII.GetByteCount(text)}\r\nConnection: close\r\n\r\n{text}";
}
