namespace FineTune.Workflow.Contracts;

/// <summary>A declared input of a component.</summary>
/// <param name="Type">The declared type in lower case: <c>string, integer, number, boolean, uri_file, uri_folder, mltable, mlflow_model, custom_model</c>.</param>
public sealed record ComponentInput(string Type)
{
    /// <summary>Whether it may be left out.</summary>
    public bool Optional { get; init; }

    /// <summary>The default as text, or null.</summary>
    public string? Default { get; init; }

    /// <summary>The allowed values as text; empty when any is allowed.</summary>
    public IReadOnlyList<string> Enum { get; init; } = [];

    /// <summary>The least value of a number, or null.</summary>
    public double? Min { get; init; }

    /// <summary>The greatest value of a number, or null.</summary>
    public double? Max { get; init; }
}
