namespace FineTune.Workflow.Contracts;

/// <summary>An asset that a job takes.</summary>
/// <param name="Type">Azure ML's word: <c>uri_file, mlflow_model, mltable</c>.</param>
/// <param name="Uri">The asset's URI, verbatim.</param>
public sealed record JobAssetInput(string Type, string Uri);
