using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using FineTune.Datasets.Text;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

/// <summary>Compressed files are whole, or refused.</summary>
public class CompressionTests
{
    /// <summary>What the zstd program, version 1.5.4, makes of <see cref="PlainText"/>: three blocks and a checksum.</summary>
    private const string OfTheProgram =
        "KLUv/aRAfgUAHAIAkgYOC9AdA+QAIinCRYGjr6110jifvLHCaWN99M4qZ4zw2VsrnTPKFy+sdtZI37yyxgmjffXSOqeM8UEBACnlP5uHKEQAAAABAP3/bB6ARQAAAAEAPX45AAI+NGrR";

    private static readonly byte[] Abc = "abc"u8.ToArray();

    /// <summary>One raw block that is the last; XXH64 of "abc" is 44BC2CF5AD770999 by its reference implementation.</summary>
    private static readonly byte[] ZstandardOfAbc = [0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x00, 0x19, 0, 0, .. "abc"u8, 0x99, 0x09, 0x77, 0xAD];

    public static TheoryData<int, int> Sizes => new() { { 0, 1 }, { 1, 1 }, { 700, 1 }, { 700, 3 }, { 70_000, 7 }, { 700_000, 8191 }, { 700_000, 1 << 20 } };

    private static string PlainText =>
        string.Concat(Enumerable.Range(0, 120_000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % 7}{"abcdefg"[i % 5]}\n")));

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Members_of_gzip_follow_each_other_and_are_all_read(int length, int readSize)
    {
        foreach (CompressionLevel level in new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.Optimal })
        {
            byte[] plain = Text(length);
            byte[] gzip = Gzip(plain, level);
            byte[] empty = Gzip([], level);

            byte[] read = await UnzipAsync([.. empty, .. gzip, .. empty, .. empty, .. gzip, .. gzip, .. empty], readSize);

            Assert.Equal([.. plain, .. plain, .. plain], read);
        }
    }

    [Fact]
    public async Task Thousands_of_small_members_as_bgzip_writes_them_are_read()
    {
        byte[][] parts = [.. Enumerable.Range(0, 3000).Select(i => Text(i % 17))];

        byte[] read = await UnzipAsync([.. parts.SelectMany(part => Gzip(part, CompressionLevel.Fastest))], 1000);

        Assert.Equal(parts.SelectMany(part => part), read);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public async Task Gzip_that_is_cut_off_anywhere_is_damaged(CompressionLevel level)
    {
        byte[] whole = WithFullHeader(Gzip(Text(500), level));
        byte[] twice = [.. whole, .. whole];
        for (int length = 1; length < twice.Length; length++)
        {
            if (length != whole.Length)
            {
                await Assert.ThrowsAsync<InvalidDataException>(() => UnzipAsync(twice[..length], 64));
            }
        }

        Assert.Equal(Text(500), await UnzipAsync(whole, 1));
    }

    [Fact]
    public async Task Gzip_with_any_byte_of_its_trailer_changed_is_damaged()
    {
        byte[] gzip = Gzip(Text(5000), CompressionLevel.Optimal);
        for (int at = gzip.Length - 8; at < gzip.Length; at++)
        {
            byte[] changed = [.. gzip];
            changed[at] ^= 0x40;

            var exception = await Assert.ThrowsAsync<InvalidDataException>(() => UnzipAsync(changed, 100));

            Assert.Contains("checksum", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("more")]
    [InlineData("\0\0more")]
    [InlineData("\u001f")]
    public async Task What_follows_gzip_and_is_not_gzip_is_told_and_not_read_over(string more)
    {
        byte[] gzip = Gzip(Text(5000), CompressionLevel.Optimal);

        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => UnzipAsync([.. gzip, .. Encoding.Latin1.GetBytes(more)], 100));

        Assert.Contains("follows its end", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Zeros_after_gzip_are_read_over_as_gzip_does()
    {
        byte[] gzip = Gzip(Text(5000), CompressionLevel.Optimal);

        Assert.Equal(Text(5000), await UnzipAsync([.. gzip, .. new byte[100_000]], 1000));
        Assert.Empty(await UnzipAsync([.. Gzip([], CompressionLevel.Optimal), .. new byte[1000]], 1000));
    }

    [Theory]
    [InlineData("PK\u0003\u0004 zip, not gzip")]
    [InlineData("\u001f\u008b\u0007\0\0\0\0\0\0\0 another method")]
    [InlineData("\u001f\u008b\u0008\u0080\0\0\0\0\0\0 a flag from the future")]
    [InlineData("\u001f\u008b\u0008\u0008\0\0\0\0\0\0a name without an end")]
    public async Task What_is_no_gzip_is_refused(string bytes) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => UnzipAsync(Encoding.Latin1.GetBytes(bytes), 5));

    [Fact]
    public async Task Zstandard_with_the_right_checksum_is_read()
    {
        byte[] twice = [.. Abc, .. Abc];
        byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 7, 7];
        foreach (int readSize in new[] { 1, 7, 1 << 16 })
        {
            Assert.Equal(Abc, await UnzstdAsync(ZstandardOfAbc, readSize));
            Assert.Equal(twice, await UnzstdAsync([.. skippable, .. ZstandardOfAbc, .. skippable, .. ZstandardOfAbc], readSize));
            Assert.Equal(PlainText, Encoding.ASCII.GetString(await UnzstdAsync(Convert.FromBase64String(OfTheProgram), readSize)));
        }
    }

    [Fact]
    public async Task Zstandard_that_is_cut_off_anywhere_is_damaged()
    {
        foreach (byte[] whole in new[] { ZstandardOfAbc, Convert.FromBase64String(OfTheProgram) })
        {
            byte[] twice = [.. whole, .. whole];
            for (int length = 1; length < twice.Length; length++)
            {
                if (length != whole.Length)
                {
                    await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync(twice[..length]));
                }
            }
        }
    }

    [Theory]
    [InlineData("more")]
    [InlineData("\0")]
    public async Task What_follows_Zstandard_and_is_not_Zstandard_is_not_read_over(string more) =>
        await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync([.. ZstandardOfAbc, .. Encoding.Latin1.GetBytes(more)]));

    /// <summary>A frame header may claim any window, and an empty block makes it whole.</summary>
    [Theory]
    [InlineData(27 - 10, true)]
    [InlineData(28 - 10, false)]
    [InlineData(31, false)]
    public async Task Zstandard_takes_windows_of_128_megabytes_and_no_larger_ones(int exponent, bool isTaken)
    {
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0, (byte)(exponent << 3), 1, 0, 0];
        if (isTaken)
        {
            Assert.Empty(await UnzstdAsync(frame));
        }
        else
        {
            Assert.Contains("window", (await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync(frame))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Zstandard_that_needs_a_dictionary_is_refused() =>
        Assert.Contains("dictionary", (await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync([0x28, 0xB5, 0x2F, 0xFD, 0x21, 9, 0, 1, 0, 0]))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Zstandard_from_a_source_that_gives_nothing_more_is_stopped_at_once()
    {
        await using Stream source = new Pipe().Reader.AsStream();
        await using var stream = new ZstandardStream(source);
        using var stop = new CancellationTokenSource();
        ValueTask<int> read = stream.ReadAsync(new byte[10], stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Zstandard_with_any_byte_of_its_checksum_changed_is_damaged(int fromEnd)
    {
        foreach (byte[] whole in new[] { ZstandardOfAbc, Convert.FromBase64String(OfTheProgram) })
        {
            byte[] changed = [.. whole];
            changed[^fromEnd] ^= 1;

            Assert.Contains("checksum", (await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync(changed))).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Without a checksum, as some libraries write it: the size in one, two, four and eight bytes, of which two begin at 256.</summary>
    [Theory]
    [InlineData(0x20, 3, new byte[] { 3 })]
    [InlineData(0x60, 259, new byte[] { 3, 0 })]
    [InlineData(0xA0, 3, new byte[] { 3, 0, 0, 0 })]
    [InlineData(0xE0, 3, new byte[] { 3, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(0x80, 3, new byte[] { 0x40, 3, 0, 0, 0 })]
    public async Task Zstandard_that_holds_more_or_less_than_it_says_is_damaged(byte descriptor, int length, byte[] rest)
    {
        Assert.Equal(Text(length), await UnzstdAsync(Frame(length)));
        foreach (int other in new[] { 0, length - 1, length + 1 })
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync(Frame(other)));
        }

        byte[] Frame(int held) =>
            [0x28, 0xB5, 0x2F, 0xFD, descriptor, .. rest, (byte)((held << 3) | 1), (byte)(held >> 5), 0, .. Text(held)];
    }

    [Fact]
    public async Task Zstandard_whose_content_was_changed_is_damaged_though_every_block_can_be_read()
    {
        byte[] changed = [.. ZstandardOfAbc];
        changed[9] = (byte)'A';

        await Assert.ThrowsAsync<InvalidDataException>(() => UnzstdAsync(changed));
    }

    [Theory]
    [InlineData("chat.jsonl.gz")]
    [InlineData("chat.jsonl.zst")]
    public async Task A_file_with_a_wrong_checksum_is_refused_by_its_name(string name)
    {
        byte[] content = name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(Text(100), CompressionLevel.Optimal) : [.. ZstandardOfAbc];
        content[^(name.EndsWith(".gz", StringComparison.Ordinal) ? 8 : 1)] ^= 1;
        using Workbench bench = new Workbench().Bytes(name, content);

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal((OutcomeKind.Invalid, "DatasetFileDamaged", name), (exception.Kind, exception.Failure.Code, exception.Failure.Where));
        Assert.Contains("checksum", exception.Failure.Message, StringComparison.Ordinal);
    }

    private static byte[] Text(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (length / 4) + 1).Select(i => $"{i * 7919 % 1000:000}\n")))[..length];

    private static byte[] Gzip(byte[] plain, CompressionLevel level)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level))
        {
            gzip.Write(plain);
        }

        // .NET writes nothing at all when nothing is compressed.
        return compressed.ToArray() is { Length: > 0 } gzipped ? gzipped : [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    }

    /// <summary>The same with all that a header may hold: an extra field, a name, a comment and a checksum of itself.</summary>
    private static byte[] WithFullHeader(byte[] gzip) =>
        [.. gzip[..3], 0x1E, .. gzip[4..10], 5, 0, 1, 2, 3, 4, 5, .. "name\0comment\0"u8, 0xAB, 0xCD, .. gzip[10..]];

    private static async Task<byte[]> UnzipAsync(byte[] gzip, int readSize)
    {
        await using var source = new ChunkedStream(gzip, readSize);
        await using var members = new GzipMembers(source);
        using var plain = new MemoryStream();
        await members.CopyToAsync(plain);
        return plain.ToArray();
    }

    private static async Task<byte[]> UnzstdAsync(byte[] compressed, int readSize = 1 << 16)
    {
        await using var source = new ChunkedStream(compressed, readSize);
        await using var stream = new ZstandardStream(source);
        using var plain = new MemoryStream();
        await stream.CopyToAsync(plain);
        return plain.ToArray();
    }
}
