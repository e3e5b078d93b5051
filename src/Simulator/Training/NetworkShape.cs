namespace FineTune.Simulator.Training;

/// <summary>
/// The sizes of the network and where each of its matrices lies in the one vector of parameters. Weights come first and biases last,
/// because weight decay applies to the former only.
/// </summary>
/// <param name="Vocabulary">Distinct tokens.</param>
/// <param name="Context">Tokens before the predicted one that are looked at.</param>
/// <param name="Embedding">Width of a token's vector.</param>
/// <param name="Hidden">Width of the hidden layer.</param>
internal sealed record NetworkShape(int Vocabulary, int Context, int Embedding, int Hidden)
{
    /// <summary>Width of the hidden layer's input: the context's vectors and one for the question.</summary>
    public int Input => (Context + 1) * Embedding;

    /// <summary>[Vocabulary × Embedding].</summary>
    public Range Embeddings => 0..(Vocabulary * Embedding);

    /// <summary>[Hidden × Input].</summary>
    public Range HiddenWeights => Following(Embeddings, Hidden * Input);

    /// <summary>[Vocabulary × Hidden].</summary>
    public Range OutputWeights => Following(HiddenWeights, Vocabulary * Hidden);

    /// <summary>[Hidden].</summary>
    public Range HiddenBiases => Following(OutputWeights, Hidden);

    /// <summary>[Vocabulary].</summary>
    public Range OutputBiases => Following(HiddenBiases, Vocabulary);

    /// <summary>Parameters that weight decay applies to: all before the biases.</summary>
    public int WeightCount => OutputWeights.End.Value;

    /// <summary>All parameters.</summary>
    public int ParameterCount => OutputBiases.End.Value;

    private static Range Following(Range before, int length) => before.End..(before.End.Value + length);
}
