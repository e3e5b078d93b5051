using System.Runtime.CompilerServices;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>
/// Reads a row that is exactly what a row should be, at the speed of its bytes. Anything else, right or wrong, is left to <see cref="JsonlRow"/>,
/// which knows all of JSON and says what is wrong where: a row that is read here is read alike there (a test compares them).
/// </summary>
internal static unsafe class FastRow
{
    /// <summary>Reads a row.</summary>
    /// <param name="row">The row's bytes.</param>
    /// <param name="conversation">Takes what it says.</param>
    /// <param name="maxMessages">More messages are left to the slow reader.</param>
    /// <returns>Whether it could be read here; if not, the conversation holds something unfinished.</returns>
    public static bool TryRead(ReadOnlySpan<byte> row, Conversation conversation, int maxMessages)
    {
        conversation.Begin(row.Length);
        conversation.Sketch.Clear();
        fixed (byte* start = row)
        fixed (byte* texts = conversation.Texts)
        {
            byte* target = texts;
            conversation.IsMeasured = ReadRow(start, start + row.Length, ref target, texts, conversation, maxMessages);
            return conversation.IsMeasured;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ReadRow(byte* start, byte* end, ref byte* target, byte* texts, Conversation conversation, int maxMessages)
    {
        byte* at = Blank(start, end);
        if (!Take(ref at, end, (byte)'{'))
        {
            return false;
        }

        bool hasMessages = false;
        bool hasPrompt = false;
        bool hasPromptId = false;
        do
        {
            at = Blank(at, end);
            if (TakeName(ref at, end, "\"messages\""u8))
            {
                if (hasMessages || !ReadMessages(ref at, end, ref target, texts, conversation, maxMessages))
                {
                    return false;
                }

                hasMessages = true;
            }
            else if (TakeName(ref at, end, "\"prompt\""u8))
            {
                byte* value = at;
                byte* discarded = target;
                if (hasPrompt || !(TakeNull(ref at, end) || JsonText.TryRead(ref at, end, ref discarded)))
                {
                    return false;
                }

                conversation.Prompt = ((int)(value - start), (int)(at - value));
                hasPrompt = true;
            }
            else if (TakeName(ref at, end, "\"prompt_id\""u8))
            {
                byte* value = at;
                byte* text = target;
                if (hasPromptId || !(TakeNull(ref at, end) || JsonText.TryRead(ref at, end, ref target)))
                {
                    return false;
                }

                conversation.PromptIdJson = ((int)(value - start), (int)(at - value));
                conversation.Used = (int)(target - texts);
                conversation.SetPromptId((int)(target - text));
                hasPromptId = true;
            }
            else
            {
                return false;
            }

            at = Blank(at, end);
        }
        while (Take(ref at, end, (byte)','));

        return hasMessages && Take(ref at, end, (byte)'}') && Blank(at, end) == end;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ReadMessages(ref byte* at, byte* end, ref byte* target, byte* texts, Conversation conversation, int maxMessages)
    {
        if (!Take(ref at, end, (byte)'['))
        {
            return false;
        }

        do
        {
            at = Blank(at, end);
            if (conversation.Count == maxMessages || !ReadMessage(ref at, end, ref target, texts, ref conversation.Add(), conversation.Sketch))
            {
                return false;
            }

            at = Blank(at, end);
        }
        while (Take(ref at, end, (byte)','));

        conversation.Used = (int)(target - texts);
        return Take(ref at, end, (byte)']');
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool ReadMessage(ref byte* at, byte* end, ref byte* target, byte* texts, ref Turn turn, NearSketch sketch)
    {
        if (!Take(ref at, end, (byte)'{'))
        {
            return false;
        }

        do
        {
            at = Blank(at, end);
            if (TakeName(ref at, end, "\"content\""u8))
            {
                byte* text = target;
                if (turn.HasText || !JsonText.TryRead(ref at, end, ref target, ref turn.Counts, sketch))
                {
                    return false;
                }

                turn.HasText = true;
                turn.Start = (int)(text - texts);
                turn.Length = (int)(target - text);
            }
            else if (turn.Role == ChatRole.Unknown && TakeName(ref at, end, "\"role\""u8))
            {
                turn.Role = TakeWord(ref at, end, "\"user\""u8) ? ChatRole.User
                    : TakeWord(ref at, end, "\"assistant\""u8) ? ChatRole.Assistant
                    : TakeWord(ref at, end, "\"system\""u8) ? ChatRole.System
                    : ChatRole.Unknown;
                if (turn.Role == ChatRole.Unknown)
                {
                    return false;
                }
            }
            else
            {
                return false;
            }

            at = Blank(at, end);
        }
        while (Take(ref at, end, (byte)','));

        return turn.HasText && turn.Role != ChatRole.Unknown && Take(ref at, end, (byte)'}');
    }

    private static bool TakeNull(ref byte* at, byte* end) => TakeWord(ref at, end, "null"u8);

    /// <summary>Takes a property's name and what stands before its value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TakeName(ref byte* at, byte* end, ReadOnlySpan<byte> quoted)
    {
        byte* before = at;
        if (TakeWord(ref at, end, quoted))
        {
            at = Blank(at, end);
            if (Take(ref at, end, (byte)':'))
            {
                at = Blank(at, end);
                return true;
            }
        }

        at = before;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TakeWord(ref byte* at, byte* end, ReadOnlySpan<byte> word)
    {
        if (end - at < word.Length || !new ReadOnlySpan<byte>(at, word.Length).SequenceEqual(word))
        {
            return false;
        }

        at += word.Length;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Take(ref byte* at, byte* end, byte value)
    {
        if (at < end && *at == value)
        {
            at++;
            return true;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Blank(byte* at, byte* end)
    {
        while (at < end && *at is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }
}
