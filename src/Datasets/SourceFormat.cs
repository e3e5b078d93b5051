using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>What a file is, by its name.</summary>
/// <param name="Kind">How its content is read.</param>
/// <param name="Compression">What is around it.</param>
internal sealed record SourceFormat(SourceKind Kind, SourceCompression Compression)
{
    /// <summary>What a file's name says.</summary>
    /// <exception cref="UpstreamException">Invalid: nothing that is read here.</exception>
    public static SourceFormat Of(string name)
    {
        string extension = Path.GetExtension(name).ToUpperInvariant();
        SourceCompression compression = extension switch
        {
            ".GZ" => SourceCompression.Gzip,
            ".ZST" => SourceCompression.Zstandard,
            _ => SourceCompression.None,
        };
        if (compression != SourceCompression.None)
        {
            extension = Path.GetExtension(name[..^extension.Length]).ToUpperInvariant();
        }

        SourceKind kind = extension switch
        {
            ".JSONL" or ".NDJSON" => SourceKind.JsonLines,
            ".JSON" => SourceKind.Json,
            ".CSV" => SourceKind.Csv,
            ".TSV" => SourceKind.Tsv,
            ".PARQUET" when compression == SourceCompression.None => SourceKind.Parquet,
            _ => throw DatasetErrors.UnknownFormat(name),
        };
        return new SourceFormat(kind, compression);
    }

    /// <summary>How many bytes of text a file of so many bytes usually holds: chats compress to a third, or to a tenth.</summary>
    public long UsualTextBytes(long fileBytes) => Kind == SourceKind.Parquet || Compression != SourceCompression.None ? 4 * fileBytes : fileBytes;

    /// <summary>As the report names it.</summary>
    public override string ToString() => Name(Kind) + Compression switch
    {
        SourceCompression.Gzip => ", gzip",
        SourceCompression.Zstandard => ", zstd",
        _ => "",
    };

    /// <summary>The format's name.</summary>
    public static string Name(SourceKind kind) => kind switch
    {
        SourceKind.JsonLines => "JSON Lines",
        SourceKind.Json => "JSON",
        SourceKind.Csv => "CSV",
        SourceKind.Tsv => "TSV",
        _ => "Parquet",
    };
}

/// <summary>How a file's content is read.</summary>
internal enum SourceKind
{
    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>One array of objects; or, where it begins with an object, one a line.</summary>
    Json,

    /// <summary>Fields between commas.</summary>
    Csv,

    /// <summary>Fields between tabs.</summary>
    Tsv,

    /// <summary>Apache Parquet.</summary>
    Parquet,
}

/// <summary>What is around a file's content.</summary>
internal enum SourceCompression
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstandard,
}
