namespace FineTune.Simulator.Training;

/// <summary>Chooses the next token from the model's logits.</summary>
internal static class TokenSampler
{
    /// <summary>
    /// The likeliest token, or, when sampling at a temperature above zero, one drawn from the nucleus: the fewest likeliest tokens whose
    /// probabilities at that temperature reach <see cref="GenerationParameters.TopP"/> (Holtzman et al. 2020).
    /// </summary>
    /// <param name="logits">Overwritten; negative infinity marks a token that may not be chosen.</param>
    /// <param name="p">Temperature, top_p and whether to draw.</param>
    /// <param name="random">Gives one number for each token drawn.</param>
    public static int Choose(Span<float> logits, GenerationParameters p, RandomSource random)
    {
        int best = 0;
        for (int token = 1; token < logits.Length; token++)
        {
            best = logits[token] > logits[best] ? token : best;
        }

        if (!p.DoSample || p.Temperature == 0)
        {
            return best;
        }

        int[] order = new int[logits.Length];
        float peak = logits[best];
        float total = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            order[token] = token;
            float weight = (float)Math.Exp((logits[token] - peak) / p.Temperature);
            total += weight;
            // Negated, so that an ascending sort puts the likeliest first.
            logits[token] = -weight;
        }

        logits.Sort(order.AsSpan());
        float nucleus = 0;
        int count = 0;
        while (count < order.Length && (count == 0 || nucleus < p.TopP * total))
        {
            nucleus -= logits[count++];
        }

        double drawn = random.NextDouble() * nucleus;
        for (int i = 0; i < count - 1; i++)
        {
            drawn += logits[i];
            if (drawn < 0)
            {
                return order[i];
            }
        }

        return order[count - 1];
    }
}
