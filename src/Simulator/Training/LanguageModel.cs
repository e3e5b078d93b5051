using System.Security.Cryptography;
using System.Text;

namespace FineTune.Simulator.Training;

/// <summary>
/// A trained neural n-gram language model with its tokenizer: answers conversations, and is saved to and loaded from a file of about 1 MB.
/// Safe to use from several threads; answers are then given one after the other.
/// </summary>
public sealed class LanguageModel
{
    /// <summary>Longest answer in tokens, whatever is asked for.</summary>
    public const int MaxAnswerTokens = 2048;

    private const int FormatVersion = 1;
    private const int MaxFileBytes = 64 * 1024 * 1024;

    private readonly Network _network;
    private readonly Tokenizer _tokenizer;
    private readonly Lock _gate = new();

    internal LanguageModel(Network network, Tokenizer tokenizer)
    {
        _network = network;
        _tokenizer = tokenizer;
    }

    internal Network Network => _network;

    private static ReadOnlySpan<byte> Magic => "FTNGRAM\n"u8;

    /// <summary>
    /// Continues a conversation with the assistant's next turn. The same conversation, parameters and seed give the same answer on the same
    /// machine. No run of four tokens occurs twice. The answer has at least one token and ends where the model ends its turn or after
    /// <see cref="GenerationParameters.MaxNewTokens"/> (at most <see cref="MaxAnswerTokens"/>).
    /// </summary>
    /// <param name="messages">The conversation so far, oldest turn first; at least one.</param>
    /// <param name="p">How tokens are chosen.</param>
    /// <returns>The assistant's text, without blanks around it.</returns>
    /// <exception cref="ArgumentException">There is no message, a role is not known, or a parameter is out of its range.</exception>
    public string Generate(IReadOnlyList<ChatMessage> messages, GenerationParameters p)
    {
        if (messages.Count == 0)
        {
            throw new ArgumentException("The conversation has no message to answer.", nameof(messages));
        }

        if (p.MaxNewTokens < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(p), p.MaxNewTokens, "max_new_tokens must be at least 1.");
        }

        if (!(p.Temperature >= 0 && double.IsFinite(p.Temperature)))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p.Temperature, "temperature must be a number of at least 0.");
        }

        if (!(p.TopP > 0 && p.TopP <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p.TopP, "top_p must be above 0 and at most 1.");
        }

        lock (_gate)
        {
            return Answer(messages, p);
        }
    }

    /// <summary>Writes the model in the format that <see cref="Load"/> reads.</summary>
    /// <param name="destination">Left open.</param>
    public void Save(Stream destination)
    {
        using var buffer = new MemoryStream();
        using (var writer = new BinaryWriter(buffer, Encoding.UTF8, leaveOpen: true))
        {
            NetworkShape shape = _network.Shape;
            writer.Write(Magic);
            writer.Write(FormatVersion);
            writer.Write(shape.Context);
            writer.Write(shape.Embedding);
            writer.Write(shape.Hidden);
            writer.Write(_tokenizer.Merges.Length);
            foreach ((ushort left, ushort right) in _tokenizer.Merges)
            {
                writer.Write(left);
                writer.Write(right);
            }

            WriteAll(writer, _network.TokenWeights);
            WriteAll(writer, _network.Parameters);
        }

        ReadOnlySpan<byte> content = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        destination.Write(content);
        destination.Write(SHA256.HashData(content));
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="source">Read to its end; left open.</param>
    /// <exception cref="InvalidDataException">The content is not such a model, is of another version, or is damaged; the message says which.</exception>
    public static LanguageModel Load(Stream source)
    {
        byte[] file = ReadBounded(source);
        if (file.Length < Magic.Length || !file.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            throw new InvalidDataException("Not a language model of the simulator: the file does not begin with its mark.");
        }

        int end = file.Length - SHA256.HashSizeInBytes;
        if (end < Magic.Length || !SHA256.HashData(file.AsSpan(0, end)).AsSpan().SequenceEqual(file.AsSpan(end)))
        {
            throw new InvalidDataException("The language model is damaged: its checksum does not match its content.");
        }

        using var reader = new BinaryReader(new MemoryStream(file, Magic.Length, end - Magic.Length));
        try
        {
            return Read(reader);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The language model is damaged: it ends too early.", e);
        }
    }

    private static LanguageModel Read(BinaryReader reader)
    {
        int version = reader.ReadInt32();
        if (version != FormatVersion)
        {
            throw new InvalidDataException($"The language model has format version {version}; this simulator reads version {FormatVersion}.");
        }

        int context = ReadSize(reader, "context", 64);
        int embedding = ReadSize(reader, "embedding", 1024);
        int hidden = ReadSize(reader, "hidden layer", 1024);
        int mergeCount = reader.ReadInt32();
        if (mergeCount is < 0 or > 60_000)
        {
            throw new InvalidDataException($"The language model is damaged: its tokenizer has {mergeCount} merges.");
        }

        var merges = new (ushort, ushort)[mergeCount];
        for (int i = 0; i < merges.Length; i++)
        {
            merges[i] = (reader.ReadUInt16(), reader.ReadUInt16());
        }

        var tokenizer = new Tokenizer(merges);
        var shape = new NetworkShape(tokenizer.VocabularySize, context, embedding, hidden);
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        if (left != 4L * (shape.Vocabulary + shape.ParameterCount))
        {
            throw new InvalidDataException($"The language model is damaged: {left} bytes of weights do not fit its sizes.");
        }

        float[] tokenWeights = ReadAll(reader, shape.Vocabulary);
        if (!Array.TrueForAll(tokenWeights, weight => weight > 0))
        {
            throw new InvalidDataException("The language model is damaged: a token's weight is not above zero.");
        }

        return new LanguageModel(new Network(shape, ReadAll(reader, shape.ParameterCount), tokenWeights), tokenizer);
    }

    private string Answer(IReadOnlyList<ChatMessage> messages, GenerationParameters p)
    {
        var prompt = new Conversation(messages, _tokenizer);
        int start = prompt.Tokens.Length + 1;
        int most = Math.Min(p.MaxNewTokens, MaxAnswerTokens);
        ushort[] tokens = new ushort[start + most];
        prompt.Tokens.CopyTo(tokens);
        tokens[start - 1] = Tokenizer.RoleMarker("assistant");
        (int questionStart, int questionEnd) = prompt.LastQuestion;
        var random = new RandomSource(p.Seed);
        float[] logits = new float[_tokenizer.VocabularySize];
        int end = start;
        for (; end < start + most; end++)
        {
            _network.Logits(new Position(tokens, end, questionStart, questionEnd), logits);
            // Only the end of the turn among the markers can be said, and not as the first thing.
            float endOfTurn = end > start ? logits[Tokenizer.EndOfTurn] : float.NegativeInfinity;
            logits.AsSpan(0, Tokenizer.MarkerCount).Fill(float.NegativeInfinity);
            logits[Tokenizer.EndOfTurn] = endOfTurn;
            ForbidRepetition(tokens.AsSpan(start, end - start), logits);
            int token = TokenSampler.Choose(logits, p, random);
            if (token == Tokenizer.EndOfTurn)
            {
                break;
            }

            tokens[end] = (ushort)token;
        }

        return _tokenizer.Decode(tokens.AsSpan(start, end - start)).Trim();
    }

    // As no_repeat_ngram_size of a generation configuration: small models go round in circles when the likeliest token is always taken.
    private static void ForbidRepetition(ReadOnlySpan<ushort> answer, Span<float> logits)
    {
        const int Size = 4;
        if (answer.Length < Size)
        {
            return;
        }

        ReadOnlySpan<ushort> last = answer[^(Size - 1)..];
        for (int i = 0; i + Size <= answer.Length; i++)
        {
            if (answer.Slice(i, Size - 1).SequenceEqual(last))
            {
                logits[answer[i + Size - 1]] = float.NegativeInfinity;
            }
        }
    }

    private static byte[] ReadBounded(Stream source)
    {
        using var content = new MemoryStream();
        byte[] block = new byte[81920];
        for (int read; (read = source.Read(block)) > 0;)
        {
            content.Write(block, 0, read);
            if (content.Length > MaxFileBytes)
            {
                throw new InvalidDataException($"Not a language model of the simulator: it is larger than {MaxFileBytes} bytes.");
            }
        }

        return content.ToArray();
    }

    private static int ReadSize(BinaryReader reader, string name, int most)
    {
        int value = reader.ReadInt32();
        return value >= 1 && value <= most
            ? value
            : throw new InvalidDataException($"The language model is damaged: its {name} has size {value}, which is not in 1..{most}.");
    }

    private static void WriteAll(BinaryWriter writer, ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            writer.Write(value);
        }
    }

    private static float[] ReadAll(BinaryReader reader, int count)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = reader.ReadSingle();
            if (!float.IsFinite(value))
            {
                throw new InvalidDataException("The language model is damaged: a weight is not a finite number.");
            }
        }

        return values;
    }
}
