namespace FineTune.Workflow.Rules;

/// <summary>Reads one value of an object whose names are free, from where the parser stands.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="json">The parser, at the value's first token; left at its last.</param>
/// <param name="value">What the defaults have under this name, if anything.</param>
/// <returns>The value; of no use when it is wrong, which the parser has noted.</returns>
internal delegate T MapValueReader<T>(ref RunRequestParser json, T? value);
