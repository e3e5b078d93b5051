namespace FineTune.Workflow.Rules;

/// <summary>Guesses which name a person meant.</summary>
public static class NearestName
{
    /// <summary>Finds the candidate that a mistyped name most likely stands for.</summary>
    /// <param name="name">The name as typed.</param>
    /// <param name="candidates">The names that exist.</param>
    /// <returns>The nearest, or null when none is near enough.</returns>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        // Long names are not typing errors, and the distance costs their product.
        if (name.Length > 128)
        {
            return null;
        }

        string bare = Bare(name);
        int limit = Math.Max(2, bare.Length / 3);
        string? nearest = null;
        int least = limit + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(bare, Bare(candidate));
            if (distance < least && distance < candidate.Length)
            {
                (nearest, least) = (candidate, distance);
            }
        }

        return nearest;
    }

    // learning_rate, learningRate and learning-rate differ in spelling only.
    private static string Bare(string name) => string.Create(
        name.Count(static c => c is not ('_' or '-')), name, static (span, source) =>
        {
            int i = 0;
            foreach (char c in source)
            {
                if (c is not ('_' or '-'))
                {
                    span[i++] = char.ToLowerInvariant(c);
                }
            }
        });

    // Optimal string alignment: insertions, deletions, substitutions, and neighbours swapped.
    private static int Distance(string a, string b)
    {
        int[] beforePrevious = new int[b.Length + 1];
        int[] previous = new int[b.Length + 1];
        int[] current = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int distance = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    distance = Math.Min(distance, beforePrevious[j - 2] + 1);
                }

                current[j] = distance;
            }

            (beforePrevious, previous, current) = (previous, current, beforePrevious);
        }

        return previous[b.Length];
    }
}
