using System.Numerics;
using System.Runtime.InteropServices;

namespace FineTune.Simulator.Training;

/// <summary>
/// Bengio's neural probabilistic language model (JMLR 2003): the vectors of the last few tokens, here with one more for the question,
/// go through a hidden layer of hyperbolic tangents into a softmax over the vocabulary. The question's vector is the sum of its tokens'
/// vectors with rare tokens weighing more (smooth inverse frequency, Arora et al. 2017), scaled to be about as long as one of them.
/// Many positions are computed at once, one per column, so that all the work is in products of matrices.
/// Holds scratch memory: one thread at a time.
/// </summary>
internal sealed class Network
{
    private const int MaxColumns = 64;

    private readonly NetworkShape _shape;
    private readonly float[] _parameters;
    private readonly float[] _tokenWeights;

    // Row-major scratch; "T" has one column per position, the others one row per position.
    private readonly float[] _input;
    private readonly float[] _inputT;
    private readonly float[] _hidden;
    private readonly float[] _hiddenT;
    private readonly float[] _hiddenGradientT;
    private readonly float[] _scoresT;
    private readonly float[] _peak = new float[MaxColumns];
    private readonly float[] _sum = new float[MaxColumns];

    /// <summary>Wraps parameters that lie as <paramref name="shape"/> says.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="parameters">All parameters; changed in place by the optimiser.</param>
    /// <param name="tokenWeights">Per token of the vocabulary its weight in the question's vector, above 0.</param>
    public Network(NetworkShape shape, float[] parameters, float[] tokenWeights)
    {
        if (parameters.Length != shape.ParameterCount || tokenWeights.Length != shape.Vocabulary)
        {
            throw new ArgumentException("Parameters and token weights must have the lengths that the shape asks for.", nameof(shape));
        }

        _shape = shape;
        _parameters = parameters;
        _tokenWeights = tokenWeights;
        _input = new float[MaxColumns * shape.Input];
        _inputT = new float[MaxColumns * shape.Input];
        _hidden = new float[MaxColumns * shape.Hidden];
        _hiddenT = new float[MaxColumns * shape.Hidden];
        _hiddenGradientT = new float[MaxColumns * shape.Hidden];
        _scoresT = new float[MaxColumns * shape.Vocabulary];
    }

    public NetworkShape Shape => _shape;

    public ReadOnlySpan<float> Parameters => _parameters;

    public ReadOnlySpan<float> TokenWeights => _tokenWeights;

    /// <summary>
    /// Random vectors and hidden weights, everything behind them zero: the untrained model gives each token the same probability,
    /// so its loss is exactly the logarithm of the vocabulary's size.
    /// </summary>
    public static float[] InitialParameters(NetworkShape shape, RandomSource random)
    {
        float[] parameters = new float[shape.ParameterCount];
        foreach (ref float value in parameters.AsSpan(shape.Embeddings))
        {
            value = (float)((random.NextDouble() * 2) - 1) * 0.5f;
        }

        double limit = Math.Sqrt(6.0 / (shape.Input + shape.Hidden));
        foreach (ref float value in parameters.AsSpan(shape.HiddenWeights))
        {
            value = (float)(((random.NextDouble() * 2) - 1) * limit);
        }

        return parameters;
    }

    /// <summary>Sum over the positions of the loss, -ln p(target), in nats.</summary>
    public double Loss(ReadOnlySpan<Position> positions, CancellationToken cancellationToken)
    {
        double loss = 0;
        for (int start = 0; start < positions.Length; start += MaxColumns)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<Position> tile = positions[start..Math.Min(positions.Length, start + MaxColumns)];
            int columns = Forward(tile);
            loss += Softmax(tile, columns);
        }

        return loss;
    }

    /// <summary>Adds <paramref name="scale"/> times the gradient of the positions' summed loss to <paramref name="gradient"/> and returns that sum.</summary>
    public double AddGradient(ReadOnlySpan<Position> positions, float scale, Span<float> gradient, CancellationToken cancellationToken)
    {
        double loss = 0;
        for (int start = 0; start < positions.Length; start += MaxColumns)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<Position> tile = positions[start..Math.Min(positions.Length, start + MaxColumns)];
            int columns = Forward(tile);
            loss += Softmax(tile, columns);
            Backward(tile, columns, scale, gradient);
        }

        return loss;
    }

    /// <summary>The logits of every token of the vocabulary at one position.</summary>
    public void Logits(in Position position, Span<float> logits)
    {
        int columns = Forward(new ReadOnlySpan<Position>(in position));
        for (int token = 0; token < _shape.Vocabulary; token++)
        {
            logits[token] = _scoresT[token * columns];
        }
    }

    // Leaves the logits in _scoresT and returns how many columns the tile was widened to.
    private int Forward(ReadOnlySpan<Position> tile)
    {
        int columns = (tile.Length + Matrix.ColumnGrain - 1) / Matrix.ColumnGrain * Matrix.ColumnGrain;
        int width = _shape.Input;
        Gather(tile);
        _input.AsSpan(tile.Length * width, (columns - tile.Length) * width).Clear();
        Transpose(_input, _inputT, columns, width);

        Span<float> hiddenT = _hiddenT.AsSpan(0, _shape.Hidden * columns);
        FillRows(_parameters.AsSpan(_shape.HiddenBiases), hiddenT, columns);
        Matrix.AddProduct(_parameters.AsSpan(_shape.HiddenWeights), _inputT, hiddenT, _shape.Hidden, width, columns);
        foreach (ref Vector<float> value in MemoryMarshal.Cast<float, Vector<float>>(hiddenT))
        {
            // tanh; saturates rightly where the exponential overflows or vanishes.
            value = Vector<float>.One - (new Vector<float>(2) / (Vector.Exp(value + value) + Vector<float>.One));
        }

        Span<float> scoresT = _scoresT.AsSpan(0, _shape.Vocabulary * columns);
        FillRows(_parameters.AsSpan(_shape.OutputBiases), scoresT, columns);
        Matrix.AddProduct(_parameters.AsSpan(_shape.OutputWeights), hiddenT, scoresT, _shape.Vocabulary, _shape.Hidden, columns);
        return columns;
    }

    // Turns the logits in _scoresT into probabilities and returns the summed loss of the tile.
    private double Softmax(ReadOnlySpan<Position> tile, int columns)
    {
        Span<Vector<float>> scores = MemoryMarshal.Cast<float, Vector<float>>(_scoresT.AsSpan(0, _shape.Vocabulary * columns));
        Span<Vector<float>> peak = MemoryMarshal.Cast<float, Vector<float>>(_peak.AsSpan(0, columns));
        Span<Vector<float>> sum = MemoryMarshal.Cast<float, Vector<float>>(_sum.AsSpan(0, columns));
        double loss = 0;
        for (int i = 0; i < tile.Length; i++)
        {
            loss -= _scoresT[(tile[i].Tokens[tile[i].Target] * columns) + i];
        }

        peak.Fill(new Vector<float>(float.NegativeInfinity));
        sum.Clear();
        for (int row = 0; row < scores.Length; row += peak.Length)
        {
            for (int j = 0; j < peak.Length; j++)
            {
                peak[j] = Vector.Max(peak[j], scores[row + j]);
            }
        }

        for (int row = 0; row < scores.Length; row += peak.Length)
        {
            for (int j = 0; j < peak.Length; j++)
            {
                Vector<float> e = Vector.Exp(scores[row + j] - peak[j]);
                scores[row + j] = e;
                sum[j] += e;
            }
        }

        for (int i = 0; i < tile.Length; i++)
        {
            loss += _peak[i] + Math.Log(_sum[i]);
        }

        return loss;
    }

    // Expects exponentials in _scoresT and their sums in _sum.
    private void Backward(ReadOnlySpan<Position> tile, int columns, float scale, Span<float> gradient)
    {
        Span<float> scoresT = _scoresT.AsSpan(0, _shape.Vocabulary * columns);
        Span<float> hiddenT = _hiddenT.AsSpan(0, _shape.Hidden * columns);
        int width = _shape.Input;

        // d loss / d logit = probability - 1 at the target; columns that only fill the tile count nothing.
        for (int i = 0; i < columns; i++)
        {
            _sum[i] = i < tile.Length ? scale / _sum[i] : 0;
        }

        Span<Vector<float>> scores = MemoryMarshal.Cast<float, Vector<float>>(scoresT);
        Span<Vector<float>> factor = MemoryMarshal.Cast<float, Vector<float>>(_sum.AsSpan(0, columns));
        for (int row = 0; row < scores.Length; row += factor.Length)
        {
            for (int j = 0; j < factor.Length; j++)
            {
                scores[row + j] *= factor[j];
            }
        }

        for (int i = 0; i < tile.Length; i++)
        {
            scoresT[(tile[i].Tokens[tile[i].Target] * columns) + i] -= scale;
        }

        Transpose(hiddenT, _hidden, _shape.Hidden, columns);
        Matrix.AddProduct(scoresT, _hidden, gradient[_shape.OutputWeights], _shape.Vocabulary, columns, _shape.Hidden);
        AddRowSums(scoresT, gradient[_shape.OutputBiases], columns);

        Span<float> hiddenGradientT = _hiddenGradientT.AsSpan(0, _shape.Hidden * columns);
        hiddenGradientT.Clear();
        Matrix.AddTransposedProduct(
            _parameters.AsSpan(_shape.OutputWeights), scoresT, hiddenGradientT, _shape.Hidden, _shape.Vocabulary, columns);
        for (int i = 0; i < hiddenGradientT.Length; i++)
        {
            hiddenGradientT[i] *= 1 - (hiddenT[i] * hiddenT[i]);
        }

        Matrix.AddProduct(hiddenGradientT, _input, gradient[_shape.HiddenWeights], _shape.Hidden, columns, width);
        AddRowSums(hiddenGradientT, gradient[_shape.HiddenBiases], columns);

        // The input is used up: its memory takes its gradient.
        Span<float> inputGradient = _input.AsSpan(0, columns * width);
        inputGradient.Clear();
        Matrix.AddTransposedProduct(hiddenGradientT, _parameters.AsSpan(_shape.HiddenWeights), inputGradient, columns, _shape.Hidden, width);
        Scatter(tile, inputGradient, gradient[_shape.Embeddings]);
    }

    private void Gather(ReadOnlySpan<Position> tile)
    {
        ReadOnlySpan<float> embeddings = _parameters.AsSpan(_shape.Embeddings);
        int size = _shape.Embedding;
        for (int i = 0; i < tile.Length; i++)
        {
            Position position = tile[i];
            Span<float> row = _input.AsSpan(i * _shape.Input, _shape.Input);
            for (int slot = 0; slot < _shape.Context; slot++)
            {
                embeddings.Slice(ContextToken(position, slot) * size, size).CopyTo(row.Slice(slot * size, size));
            }

            Span<float> question = row[(_shape.Context * size)..];
            if (i > 0 && position.SharesQuestion(tile[i - 1]))
            {
                _input.AsSpan((i * _shape.Input) - size, size).CopyTo(question);
                continue;
            }

            question.Clear();
            float length = QuestionLength(position);
            for (int t = position.QuestionStart; t < position.QuestionEnd; t++)
            {
                int token = position.Tokens[t];
                AddScaled(embeddings.Slice(token * size, size), _tokenWeights[token] / length, question);
            }
        }
    }

    private void Scatter(ReadOnlySpan<Position> tile, Span<float> inputGradient, Span<float> gradient)
    {
        int size = _shape.Embedding;
        for (int i = 0; i < tile.Length; i++)
        {
            Position position = tile[i];
            Span<float> row = inputGradient.Slice(i * _shape.Input, _shape.Input);
            Span<float> question = row[(_shape.Context * size)..];
            for (int slot = 0; slot < _shape.Context; slot++)
            {
                AddScaled(row.Slice(slot * size, size), 1, gradient.Slice(ContextToken(position, slot) * size, size));
            }

            // Positions that answer the same question hand its gradient on; the last of them spreads it over the question's tokens.
            if (i + 1 < tile.Length && position.SharesQuestion(tile[i + 1]))
            {
                AddScaled(question, 1, inputGradient.Slice(((i + 2) * _shape.Input) - size, size));
                continue;
            }

            float length = QuestionLength(position);
            for (int t = position.QuestionStart; t < position.QuestionEnd; t++)
            {
                int token = position.Tokens[t];
                AddScaled(question, _tokenWeights[token] / length, gradient.Slice(token * size, size));
            }
        }
    }

    private int ContextToken(in Position position, int slot)
    {
        int at = position.Target - _shape.Context + slot;
        return at < 0 ? Tokenizer.Padding : position.Tokens[at];
    }

    // Length of the vector of the weights: dividing by it keeps the variance of a sum of random vectors at that of one.
    private float QuestionLength(in Position position)
    {
        float squares = 0;
        for (int t = position.QuestionStart; t < position.QuestionEnd; t++)
        {
            float weight = _tokenWeights[position.Tokens[t]];
            squares += weight * weight;
        }

        return MathF.Sqrt(squares);
    }

    private static void AddScaled(ReadOnlySpan<float> source, float scale, Span<float> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] += scale * source[i];
        }
    }

    private static void FillRows(ReadOnlySpan<float> values, Span<float> matrix, int columns)
    {
        for (int row = 0; row < values.Length; row++)
        {
            matrix.Slice(row * columns, columns).Fill(values[row]);
        }
    }

    private static void AddRowSums(ReadOnlySpan<float> matrix, Span<float> sums, int columns)
    {
        for (int row = 0; row < sums.Length; row++)
        {
            ReadOnlySpan<Vector<float>> values = MemoryMarshal.Cast<float, Vector<float>>(matrix.Slice(row * columns, columns));
            Vector<float> sum = values[0];
            for (int i = 1; i < values.Length; i++)
            {
                sum += values[i];
            }

            sums[row] += Vector.Sum(sum);
        }
    }

    private static void Transpose(ReadOnlySpan<float> source, Span<float> target, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> line = source.Slice(row * columns, columns);
            for (int column = 0; column < line.Length; column++)
            {
                target[(column * rows) + row] = line[column];
            }
        }
    }
}
