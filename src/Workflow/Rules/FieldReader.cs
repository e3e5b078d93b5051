namespace FineTune.Workflow.Rules;

/// <summary>Reads one field's value from where the parser stands, and lays it on a record.</summary>
/// <typeparam name="T">The record's type.</typeparam>
/// <param name="json">The parser, at the value's first token; left at its last.</param>
/// <param name="record">The record so far.</param>
/// <returns>The record with the value; unchanged when the value is wrong, which the parser has noted.</returns>
internal delegate T FieldReader<T>(ref RunRequestParser json, T record);
