namespace FineTune.Durable.Embedded;

/// <summary>Which instance ids are allowed.</summary>
internal static class InstanceIds
{
    public const int MaxLength = 100;

    /// <exception cref="ArgumentException">Not 1 to 100 printable ASCII characters.</exception>
    public static void Validate(string instanceId)
    {
        if (string.IsNullOrEmpty(instanceId) || instanceId.Length > MaxLength || instanceId.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException($"'{instanceId}' is no instance id: 1 to {MaxLength} printable ASCII characters.", nameof(instanceId));
        }
    }
}
