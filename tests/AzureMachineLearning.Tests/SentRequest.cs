using System.Text.Json.Nodes;

namespace FineTune.AzureMachineLearning.Tests;

/// <summary>A request as it arrived.</summary>
/// <param name="Line">Method and address.</param>
/// <param name="Headers">All headers.</param>
/// <param name="Body">The body, empty when there was none.</param>
internal sealed record SentRequest(string Line, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string? Authorization => Headers.GetValueOrDefault("Authorization");

    /// <summary>Structure and values equal; the order of members does not count.</summary>
    public void AssertBody(string expected)
    {
        JsonNode? actual = JsonNode.Parse(Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"Sent: {actual}");
    }
}
