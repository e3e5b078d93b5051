namespace FineTune.Datasets.Parquet;

/// <summary>What a Parquet file's columns are.</summary>
internal enum ParquetShape
{
    /// <summary>A list of role and content.</summary>
    Chat,

    /// <summary>A list of from and value.</summary>
    ShareGpt,

    /// <summary>Texts: messages as JSON, or questions and answers.</summary>
    Text,
}
