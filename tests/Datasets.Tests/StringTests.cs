using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Json;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Tests;

public sealed class StringTests
{
    private const int Cases = 30_000;

    private static readonly string[] Parts =
    [
        "word ", "the dog, 42 times. ", "DATE\\n", "\\n\\n", "\\\"", "\\\\", "\\\\\\\\\\\"", "\\/", "\\b", "\\f", "\\r\\t", "é", "naïve ", "日本語", "😀", "\\u00e9", "\\u65e5", "\\ud83d\\ude00", "\\u000a", "\\u0007", "\\u0041",
        "[INST]", "<|end|>", "\u007f", "    ", "don't ", new string('x', 70), new string('d', 40) + " ", "tttt ", "Zürich ",
    ];

    private static readonly byte[][] Wrong =
    [
        "\\ud83d"u8.ToArray(), "\\ude00"u8.ToArray(), "\\x"u8.ToArray(), "\\u12"u8.ToArray(), "\n"u8.ToArray(), "\t"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(), [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82],
        [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80], [0xFF], [0x5C, 0xC3, 0xA9], [0],
    ];

    [Fact]
    public void A_string_is_read_as_the_platform_reads_it_and_counted_as_one_byte_after_the_other() => Check();

    [Fact]
    public async Task A_string_is_read_alike_on_a_processor_without_wide_vectors()
    {
        ProcessStartInfo start = FuzzTests.StartInfo("strings");
        start.Environment["DOTNET_EnableAVX512"] = "0";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string read = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await errors);
        Assert.Equal("False", read.Trim());
    }

    /// <summary>Reads strings of every sort, at every distance from the end of a row.</summary>
    /// <returns>Whether the processor's widest vectors were used.</returns>
    internal static bool Check()
    {
        var conversation = new Conversation();
        int read = 0;
        for (int i = 0; i < Cases; i++)
        {
            var random = new Random(i);
            byte[] content = Content(random);
            byte[] row = [.. """{"messages":[{"role":"user","content":"""u8, .. content, .. Encoding.ASCII.GetBytes("}]}".PadRight(3 + random.Next(90)))];

            byte[]? expected = Decode(content);
            bool isRead = FastRow.TryRead(row, conversation, maxMessages: 2);

            Assert.True(isRead == expected is not null, $"Case {i.ToString(CultureInfo.InvariantCulture)}");
            if (expected is not null)
            {
                read++;
                Turn turn = conversation.Turns[0];
                Assert.Equal(expected, conversation.Text(turn).ToArray());
                var sketch = new NearSketch();
                sketch.Clear();
                Assert.Equal(Count(expected, sketch), turn.Counts);
                Assert.Equal((sketch.Grams, sketch.Summary()), (conversation.Sketch.Grams, conversation.Sketch.Summary()));
                conversation.IsMeasured = false;
                conversation.Measure();
                Assert.Equal(Count(expected, sketch), conversation.Turns[0].Counts);
            }
        }

        Assert.InRange(read, Cases / 2, Cases);
        return Avx512Vbmi2.IsSupported || Vector512.IsHardwareAccelerated;
    }

    private static byte[] Content(Random random)
    {
        List<byte> content = [(byte)'"'];
        int parts = random.Next(random.Next(4) == 0 ? 60 : 12);
        for (int part = 0; part < parts; part++)
        {
            content.AddRange(Encoding.UTF8.GetBytes(Parts[random.Next(Parts.Length)]));
        }

        if (random.Next(4) == 0)
        {
            content.InsertRange(1 + random.Next(content.Count), Wrong[random.Next(Wrong.Length)]);
        }

        if (random.Next(50) > 0)
        {
            content.Add((byte)'"');
        }

        return [.. content];
    }

    /// <summary>The text of a JSON string; null when it is none.</summary>
    private static byte[]? Decode(byte[] json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            _ = reader.Read();
            byte[] text = new byte[json.Length];
            text = text[..reader.CopyString(text)];
            return reader.Read() ? null : text;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>What <see cref="TextMeasure"/> counts, in the plainest way.</summary>
    private static TextCounts Count(byte[] text, NearSketch sketch)
    {
        var counts = new TextCounts { Bytes = text.Length };
        List<int> anchors = [];
        bool wasWord = false;
        bool wasMark = false;
        for (int i = 0; i < text.Length; i++)
        {
            byte value = text[i];
            bool isLetter = char.IsAsciiLetter((char)value);
            bool isContinuation = (value & 0xC0) == 0x80;
            bool isWord = isLetter || value >= 0x80;
            bool isMark = value is > 0x20 and < 0x80 && !isLetter && !char.IsAsciiDigit((char)value);
            counts.Letters += isLetter ? 1 : 0;
            counts.Digits += char.IsAsciiDigit((char)value) ? 1 : 0;
            counts.HighBytes += value >= 0x80 ? 1 : 0;
            counts.Continuations += isContinuation ? 1 : 0;
            counts.Words += isWord && !wasWord ? 1 : 0;
            counts.Marks += isMark ? 1 : 0;
            counts.MarkRuns += isMark && !wasMark ? 1 : 0;
            counts.LineFeeds += value == '\n' ? 1 : 0;
            counts.Visible += value > 0x20 ? 1 : 0;
            counts.HasControl |= value < 0x20 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r');
            counts.MayHaveSpecialToken |= value is (byte)'<' or (byte)'[';
            if ((value & 7) == 4 && (isContinuation || (isLetter && !wasWord)))
            {
                anchors.Add(i);
            }

            (wasWord, wasMark) = (isWord, isMark);
        }

        _ = sketch.AddAll(text, anchors.ToArray());
        return counts;
    }
}
