using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class AdamWTests
{
    [Fact]
    public void Step_follows_the_published_rule_and_decays_only_the_weights()
    {
        const int Count = 37;
        const int Decaying = 21;
        const double Rate = 0.01;
        const double Decay = 0.1;
        var random = new Random(3);
        float[] parameters = [.. Enumerable.Range(0, Count).Select(_ => random.NextSingle() - 0.5f)];
        double[] expected = Array.ConvertAll(parameters, value => (double)value);
        double[] mean = new double[Count];
        double[] square = new double[Count];
        var optimizer = new AdamW(Count);
        for (int step = 1; step <= 20; step++)
        {
            float[] gradient = [.. Enumerable.Range(0, Count).Select(_ => random.NextSingle() - 0.5f)];
            optimizer.Step(parameters, gradient, 0.25f, Rate, Decay, Decaying);
            for (int i = 0; i < Count; i++)
            {
                double slope = gradient[i] * 0.25;
                mean[i] = (0.9 * mean[i]) + (0.1 * slope);
                square[i] = (0.999 * square[i]) + (0.001 * slope * slope);
                expected[i] -= i < Decaying ? Rate * Decay * expected[i] : 0;
                expected[i] -= Rate * (mean[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(square[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }

        Assert.All(expected.Zip(parameters), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }
}
