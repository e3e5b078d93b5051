using System.Text.Json;

namespace FineTune.Datasets.Rows;

/// <summary>
/// What a row says, decoded: the same for the same conversation in any format. One object serves all rows of a dataset;
/// nothing is allocated a row.
/// </summary>
internal sealed class Conversation
{
    /// <summary>Bytes that a vector may write or read beyond the end of a text.</summary>
    public const int Slack = 64;

    private byte[] _texts = new byte[1 << 16];
    private Turn[] _turns = new Turn[16];

    /// <summary>How many messages there are.</summary>
    public int Count { get; private set; }

    /// <summary>The messages.</summary>
    public Span<Turn> Turns => _turns.AsSpan(0, Count);

    /// <summary>The texts of all messages, one after the other, and <see cref="PromptId"/>.</summary>
    public byte[] Texts => _texts;

    /// <summary>Bytes of <see cref="Texts"/> in use.</summary>
    public int Used { get; set; }

    /// <summary>What the row's properties are called.</summary>
    public RowShape Shape { get; set; }

    /// <summary>Whether the row's bytes are one JSON object with no other properties than the component reads: they can be written as they are.</summary>
    public bool IsVerbatim { get; set; }

    /// <summary>Whether the texts' counts and <see cref="Sketch"/> are those of the texts.</summary>
    public bool IsMeasured { get; set; }

    /// <summary>Grams of all texts, once measured.</summary>
    public NearSketch Sketch { get; } = new();

    /// <summary>Where the prompt's JSON value is in the row's bytes; empty when there is none.</summary>
    public (int Start, int Length) Prompt { get; set; }

    /// <summary>Where the JSON value of the prompt's id is in the row's bytes; empty when there is none.</summary>
    public (int Start, int Length) PromptIdJson { get; set; }

    /// <summary>The decoded id of the prompt, empty when there is none.</summary>
    public ReadOnlySpan<byte> PromptId => _texts.AsSpan(_promptIdStart, _promptIdLength);

    private int _promptIdStart;
    private int _promptIdLength;

    /// <summary>Starts a row.</summary>
    /// <param name="rowBytes">Its length: no text of it is longer.</param>
    public void Begin(int rowBytes)
    {
        Count = 0;
        Used = 0;
        Shape = RowShape.Chat;
        IsVerbatim = true;
        IsMeasured = false;
        Prompt = default;
        PromptIdJson = default;
        (_promptIdStart, _promptIdLength) = (0, 0);
        Reserve(rowBytes);
    }

    /// <summary>The text of a message.</summary>
    public ReadOnlySpan<byte> Text(in Turn turn) => _texts.AsSpan(turn.Start, turn.Length);

    /// <summary>Adds a message.</summary>
    public ref Turn Add()
    {
        if (Count == _turns.Length)
        {
            Array.Resize(ref _turns, Count * 2);
        }

        ref Turn turn = ref _turns[Count];
        turn = new Turn { Index = Count, Start = Used };
        Count++;
        return ref turn;
    }

    /// <summary>Adds a message with its text.</summary>
    public ref Turn Add(ChatRole role, ReadOnlySpan<byte> text)
    {
        ref Turn turn = ref Add();
        turn.Role = role;
        turn.HasText = true;
        turn.Length = text.Length;
        Append(text);
        return ref turn;
    }

    /// <summary>Keeps the first messages.</summary>
    public void Truncate(int count) => Count = count;

    /// <summary>Adds bytes to <see cref="Texts"/>.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_texts.AsSpan(Used));
        Used += text.Length;
    }

    /// <summary>Adds the decoded value of the string that the reader stands at.</summary>
    /// <returns>Its length.</returns>
    public int Append(ref Utf8JsonReader reader)
    {
        Reserve(reader.ValueSpan.Length);
        int length = reader.CopyString(_texts.AsSpan(Used));
        Used += length;
        return length;
    }

    /// <summary>Marks the last bytes of <see cref="Texts"/> as the prompt's id.</summary>
    public void SetPromptId(int length) => (_promptIdStart, _promptIdLength) = (Used - length, length);

    /// <summary>Makes room in <see cref="Texts"/>.</summary>
    public void Reserve(int count)
    {
        if (_texts.Length - Used < count + Slack)
        {
            Array.Resize(ref _texts, Math.Max(_texts.Length * 2, Used + count + Slack));
        }
    }

    /// <summary>Counts the texts and takes their grams, unless that was done as they were read.</summary>
    public void Measure()
    {
        if (IsMeasured)
        {
            return;
        }

        Sketch.Clear();
        foreach (ref Turn turn in Turns)
        {
            turn.Counts = turn.HasText ? TextMeasure.Measure(Text(turn), Sketch) : default;
        }

        IsMeasured = true;
    }

    /// <summary>What the row is known by, once it is measured.</summary>
    public RowIdentity Identity()
    {
        RowHash content = default;
        foreach (ref readonly Turn turn in Turns)
        {
            content = content.Then(Text(turn), (byte)turn.Role);
        }

        return new RowIdentity(content, PromptId.IsEmpty ? content : default(RowHash).Then(PromptId, (byte)'i'), new NearKeys(Sketch));
    }
}
