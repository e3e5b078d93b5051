using System.Globalization;
using System.Numerics;

namespace FineTune.Workflow.Rules;

/// <summary>An <c>int</c>, which has no bounds in Python.</summary>
/// <param name="value">The number.</param>
public sealed class PythonInteger(BigInteger value) : PythonValue
{
    /// <summary>The number.</summary>
    public BigInteger Value { get; } = value;

    /// <inheritdoc/>
    public override string Description => "an integer";

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
