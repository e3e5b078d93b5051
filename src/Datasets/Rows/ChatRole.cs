namespace FineTune.Datasets.Rows;

/// <summary>Who speaks. The numbers are part of a row's hash.</summary>
internal enum ChatRole : byte
{
    /// <summary>None of the known roles.</summary>
    Unknown = 0,

    /// <summary><c>system</c>.</summary>
    System = 1,

    /// <summary><c>user</c>.</summary>
    User = 2,

    /// <summary><c>assistant</c>.</summary>
    Assistant = 3,
}
