using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class NetworkTests
{
    // Widths that do not fill whole vectors, and more positions than one tile holds.
    private static readonly NetworkShape Shape = new(Vocabulary: 13, Context: 2, Embedding: 3, Hidden: 5);

    [Fact]
    public void AddGradient_agrees_with_finite_differences_in_every_parameter()
    {
        (Network network, float[] parameters, Position[] positions) = Random(70);
        float[] gradient = new float[Shape.ParameterCount];
        network.AddGradient(positions, 1, gradient, CancellationToken.None);

        const float Delta = 1e-2f;
        for (int i = 0; i < parameters.Length; i++)
        {
            float original = parameters[i];
            parameters[i] = original + Delta;
            double above = network.Loss(positions, CancellationToken.None);
            parameters[i] = original - Delta;
            double below = network.Loss(positions, CancellationToken.None);
            parameters[i] = original;
            double numeric = (above - below) / (2.0 * Delta);
            Assert.True(Math.Abs(numeric - gradient[i]) < 0.01 + (0.005 * Math.Abs(numeric)), $"parameter {i}: {gradient[i]} but {numeric}");
        }

        Assert.Contains(gradient[Shape.Embeddings], value => Math.Abs(value) > 0.1);
    }

    [Fact]
    public void AddGradient_adds_its_share_to_what_is_there_and_returns_the_loss()
    {
        (Network network, _, Position[] positions) = Random(70);
        float[] once = new float[Shape.ParameterCount];
        float[] twice = new float[Shape.ParameterCount];

        double loss = network.AddGradient(positions, 1, once, CancellationToken.None);
        network.AddGradient(positions, 0.5f, twice, CancellationToken.None);
        network.AddGradient(positions, 0.5f, twice, CancellationToken.None);

        Assert.Equal(network.Loss(positions, CancellationToken.None), loss, 1e-9);
        Assert.All(once.Zip(twice), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void Loss_of_the_untrained_network_is_the_logarithm_of_the_vocabulary()
    {
        float[] parameters = Network.InitialParameters(Shape, new RandomSource(1));
        var network = new Network(Shape, parameters, Weights());

        Assert.Equal(70 * Math.Log(13), network.Loss(Positions(70, new Random(1)), CancellationToken.None), 1e-3);
    }

    [Fact]
    public void Loss_is_that_of_the_softmax_of_the_logits()
    {
        (Network network, _, Position[] positions) = Random(3);
        double expected = 0;
        float[] logits = new float[Shape.Vocabulary];
        foreach (Position position in positions)
        {
            network.Logits(position, logits);
            expected += Math.Log(logits.Sum(logit => Math.Exp(logit))) - logits[position.Tokens[position.Target]];
        }

        Assert.Equal(expected, network.Loss(positions, CancellationToken.None), 1e-4);
    }

    [Fact]
    public void Loss_of_huge_logits_stays_a_number()
    {
        (Network network, float[] parameters, Position[] positions) = Random(3);
        parameters.AsSpan(Shape.OutputBiases)[0] = 1e6f;

        Assert.True(double.IsFinite(network.Loss(positions, CancellationToken.None)));
    }

    [Fact]
    public void Logits_depend_on_context_and_on_question_and_not_on_what_comes_after()
    {
        (Network network, _, _) = Random(1);
        ushort[] tokens = [7, 8, 9, 10, 11, 12];
        float[] original = Logits(network, tokens);

        Assert.NotEqual(original, Logits(network, [7, 8, 9, 5, 11, 12]));
        Assert.NotEqual(original, Logits(network, [5, 8, 9, 10, 11, 12]));
        Assert.Equal(original, Logits(network, [7, 8, 9, 10, 11, 5]));

        static float[] Logits(Network network, ushort[] tokens)
        {
            float[] logits = new float[Shape.Vocabulary];
            network.Logits(new Position(tokens, Target: 5, QuestionStart: 0, QuestionEnd: 2), logits);
            return logits;
        }
    }

    [Fact]
    public void Network_parameters_of_another_shape_are_refused() =>
        Assert.Throws<ArgumentException>(() => new Network(Shape, new float[7], Weights()));

    private static (Network Network, float[] Parameters, Position[] Positions) Random(int count)
    {
        var random = new Random(5);
        float[] parameters = [.. Enumerable.Range(0, Shape.ParameterCount).Select(_ => (random.NextSingle() * 2) - 1)];
        return (new Network(Shape, parameters, Weights()), parameters, Positions(count, random));
    }

    private static float[] Weights() => [.. Enumerable.Range(1, Shape.Vocabulary).Select(i => 1f / i)];

    // Several conversations, with and without a question, targets at the very start included.
    private static Position[] Positions(int count, Random random) =>
    [
        .. Enumerable.Range(0, (count + 9) / 10).SelectMany(conversation =>
        {
            ushort[] tokens = [.. Enumerable.Range(0, 12).Select(_ => (ushort)random.Next(Shape.Vocabulary))];
            return Enumerable.Range(0, 10).Select(at => new Position(tokens, at, at < 5 ? 0 : 3, at < 5 ? conversation % 2 * 3 : 6));
        }).Take(count),
    ];
}
