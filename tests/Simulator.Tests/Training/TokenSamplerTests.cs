using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class TokenSamplerTests
{
    // Probabilities 0.5, 0.3, 0.15, 0.05 at temperature 1, in no order.
    private static readonly float[] Logits = [MathF.Log(0.15f), MathF.Log(0.5f), MathF.Log(0.05f), MathF.Log(0.3f), float.NegativeInfinity];

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public void Choose_without_sampling_or_temperature_takes_the_likeliest(bool doSample, double temperature) =>
        Assert.Equal([1], Frequencies(new GenerationParameters(temperature, 1, doSample, 1, 0)).Keys);

    [Theory]
    [InlineData(0.4, new[] { 1 })]
    [InlineData(0.51, new[] { 1, 3 })]
    [InlineData(0.79, new[] { 1, 3 })]
    [InlineData(0.94, new[] { 0, 1, 3 })]
    [InlineData(1.0, new[] { 0, 1, 2, 3 })]
    public void Choose_draws_from_the_smallest_nucleus_that_reaches_top_p(double topP, int[] tokens) =>
        Assert.Equal(tokens, Frequencies(new GenerationParameters(1, topP, true, 1, 0)).Keys.Order());

    [Fact]
    public void Choose_draws_in_proportion_to_the_probabilities()
    {
        Dictionary<int, double> frequencies = Frequencies(new GenerationParameters(1, 1, true, 1, 0));

        Assert.Equal(0.5, frequencies[1], 0.03);
        Assert.Equal(0.3, frequencies[3], 0.03);
        Assert.Equal(0.15, frequencies[0], 0.03);
        Assert.Equal(0.05, frequencies[2], 0.03);
    }

    [Fact]
    public void Choose_temperature_flattens_and_sharpens()
    {
        double cold = Frequencies(new GenerationParameters(0.5, 1, true, 1, 0))[1];
        double hot = Frequencies(new GenerationParameters(100, 1, true, 1, 0))[1];

        // 0.25 / (0.25 + 0.09 + 0.0225 + 0.0025)
        Assert.Equal(0.685, cold, 0.03);
        Assert.Equal(0.25, hot, 0.03);
    }

    private static Dictionary<int, double> Frequencies(GenerationParameters parameters)
    {
        var random = new RandomSource(7);
        return Enumerable.Range(0, 4000)
            .Select(_ => TokenSampler.Choose([.. Logits], parameters, random))
            .CountBy(token => token)
            .ToDictionary(count => count.Key, count => count.Value / 4000.0);
    }
}
