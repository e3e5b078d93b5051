namespace FineTune.LocalHost.Tests;

/// <summary>Rows of JSON Lines.</summary>
internal static class Rows
{
    /// <summary>A good row.</summary>
    public static string Good(int number) =>
        $$$"""{"messages":[{"role":"user","content":"What is {{{number}}}?"},{"role":"assistant","content":"The number {{{number}}}."}]}""";

    /// <summary>Good rows, one a line.</summary>
    public static string Many(int count, int first = 1) => string.Concat(Enumerable.Range(first, count).Select(number => Good(number) + "\n"));
}
