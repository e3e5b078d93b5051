using System.Security.Cryptography;
using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>Run ids: the key that makes everything after it idempotent.</summary>
public static class RunIds
{
    private const string Prefix = "run-";

    /// <summary>The id of a dropped dataset's run: the same for the same version of the same blob, however often it is seen.</summary>
    /// <param name="drop">The drop.</param>
    /// <returns>20 characters: <c>run-</c> and 16 hexadecimal digits.</returns>
    public static string ForDrop(DroppedDataset drop)
    {
        ArgumentNullException.ThrowIfNull(drop);
        return FromText($"{drop.Container}\n{drop.Name}\n{drop.ETag.Trim('"')}");
    }

    /// <summary>The id of a run started with an idempotency key: the same for the same key.</summary>
    /// <param name="key">The key that the caller chose.</param>
    /// <returns>20 characters.</returns>
    public static string ForKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return FromText($"key\n{key}");
    }

    /// <summary>A new id.</summary>
    /// <param name="unique">A new random number.</param>
    /// <returns>20 characters.</returns>
    public static string New(Guid unique) => FromText($"new\n{unique:N}");

    private static string FromText(string text) => Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
