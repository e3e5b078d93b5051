namespace FineTune.Workflow.Rules;

/// <summary>
/// Reads Python literals, the language of Azure ML's registry tags, as <c>ast.literal_eval</c> does; it reads and never evaluates.
/// Taken: None, True, False, integers (also <c>0x</c>, <c>0o</c>, <c>0b</c>, underscores), floats, signs, strings (both quotes, triple quotes,
/// prefixes <c>r</c> and <c>u</c>, all escapes but <c>\N</c>, adjacent strings joined), lists, tuples, dictionaries with string keys, comments.
/// Refused although <c>literal_eval</c> takes them: bytes, complex numbers, sets, <c>...</c>, keys that are no strings,
/// <c>\N{…}</c>, escapes for lone surrogates, and signs before parentheses: no tag of a model or component holds any.
/// White space around the literal is taken more freely than Python's indentation rules do.
/// </summary>
public static class PythonLiteral
{
    /// <summary>How deep lists, tuples, dictionaries and parentheses may nest.</summary>
    public const int MaxDepth = 64;

    /// <summary>How many UTF-16 units a text may have.</summary>
    public const int MaxLength = 1_048_576;

    /// <summary>Reads one literal.</summary>
    /// <param name="text">The text: the literal, with white space and comments around it.</param>
    /// <returns>Its value.</returns>
    /// <exception cref="PythonLiteralException">The text is not one literal; the exception says where and what was expected.</exception>
    public static PythonValue Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= MaxLength
            ? new PythonLiteralReader(text).ReadAll()
            : throw new PythonLiteralException(text, MaxLength, "at most 1,048,576 characters", "more");
    }

    /// <summary>Reads a list (or tuple) of strings, such as an allow-list of VM sizes.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The strings in order.</returns>
    /// <exception cref="PythonLiteralException">The text is no literal, or not of this kind.</exception>
    public static IReadOnlyList<string> ParseStringList(string text)
    {
        PythonValue value = Parse(text);
        if (value is not PythonList list)
        {
            throw new PythonLiteralException(text, value.Offset, "a list of strings", value.Description);
        }

        var strings = new string[list.Items.Count];
        for (int i = 0; i < strings.Length; i++)
        {
            PythonValue item = list.Items[i];
            strings[i] = item is PythonString { Value: string element }
                ? element
                : throw new PythonLiteralException(text, item.Offset, "a string", item.Description);
        }

        return strings;
    }

    /// <summary>Reads a dictionary, such as a model's own defaults.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Its entries; enumerates in order.</returns>
    /// <exception cref="PythonLiteralException">The text is no literal, or not of this kind.</exception>
    public static IReadOnlyDictionary<string, PythonValue> ParseDictionary(string text)
    {
        PythonValue value = Parse(text);
        return value is PythonDict dictionary
            ? dictionary.Items
            : throw new PythonLiteralException(text, value.Offset, "a dictionary", value.Description);
    }
}
