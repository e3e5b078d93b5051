using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("FineTune.Simulator.Tests")]

namespace FineTune.Simulator.Training;

/// <summary>
/// Trains a small neural n-gram language model on chat rows, in seconds on one core, as the fine-tuning step of the simulated workspace.
/// Nothing in it is pretended: the metrics are those of this training, and the settings of the job decide how it goes.
/// <para>The same rows and parameters give the same model, bit for bit, on the same machine.</para>
/// <para>
/// The work is bounded, to a few seconds of one core. Of a split's rows at most 2 000 are kept (a uniform sample), and 8 192 characters of each.
/// An epoch visits all rows kept unless that would take more than 6 000 steps in all; then each epoch visits a sample, and steps are counted
/// over the rows visited. Where the assistant's tokens in all steps exceed 100 000, each step learns from an evenly spread part of its own.
/// All evaluations together score about 60 000 tokens, each the same ones.
/// </para>
/// </summary>
public static class ChatTrainer
{
    /// <summary>Rows of a split that are kept at most.</summary>
    internal const int MaxRows = 2000;

    /// <summary>Optimiser steps at most, also when <see cref="TrainingParameters.MaxSteps"/> asks for more.</summary>
    internal const int MaxTotalSteps = 6000;

    /// <summary>Assistant tokens learnt from in all epochs together at most, but for 16 in each step.</summary>
    internal const int MaxTargets = 100_000;

    /// <summary>Assistant tokens scored in all evaluations together, about; every evaluation scores the same ones.</summary>
    internal const int MaxEvaluationTargets = 60_000;

    private const int VocabularySize = 2048;
    private const int ContextLength = 4;
    private const int EmbeddingSize = 48;
    private const int HiddenSize = 48;

    /// <summary>Trains on the rows and evaluates as the parameters say.</summary>
    /// <param name="trainJsonl">Lines of the train split, each an object with <c>messages</c>; read once.</param>
    /// <param name="evalJsonl">Lines of the validation split; null or without rows leaves evaluation out.</param>
    /// <param name="p">The job's settings.</param>
    /// <param name="onMetric">Called with each metric as soon as it is measured.</param>
    /// <param name="ct">Stops the training.</param>
    /// <exception cref="InvalidDataException">A row is not a conversation with an assistant's turn, or there is none; names split and line.</exception>
    /// <exception cref="ArgumentException">A parameter is out of its range.</exception>
    /// <exception cref="TrainingDivergedException">The loss left all bounds.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled.</exception>
    public static TrainingResult Train(
        IEnumerable<string> trainJsonl, IEnumerable<string>? evalJsonl, TrainingParameters p, Action<MetricPoint>? onMetric, CancellationToken ct)
    {
        Validate(p);
        var random = new RandomSource(p.Seed);
        List<ChatMessage[]> trainRows = ConversationReader.Read(trainJsonl, "train", MaxRows, random, ct);
        if (trainRows.Count == 0)
        {
            throw new InvalidDataException("The train split has no rows.");
        }

        List<ChatMessage[]> evalRows = p.EvaluationStrategy == "disable" || evalJsonl is null
            ? []
            : ConversationReader.Read(evalJsonl, "validation", MaxRows, random, ct);
        var tokenizer = Tokenizer.Learn(trainRows.SelectMany(row => row).Select(message => message.Content), VocabularySize, ct);
        Conversation[] train = [.. trainRows.Select(row => new Conversation(row, tokenizer))];
        Conversation[] evaluation = [.. evalRows.Select(row => new Conversation(row, tokenizer))];

        var shape = new NetworkShape(tokenizer.VocabularySize, ContextLength, EmbeddingSize, HiddenSize);
        float[] parameters = Network.InitialParameters(shape, random);
        var network = new Network(shape, parameters, TokenWeights(train, tokenizer.VocabularySize));
        var run = new TrainingRun(network, parameters, train, evaluation, p, random, onMetric);
        run.Execute(ct);
        return new TrainingResult(new LanguageModel(network, tokenizer), run.Metrics, run.TotalSteps);
    }

    /// <summary>
    /// The optimiser's rate for a job's <c>learning_rate</c>: the square root of 20 times it. Jobs give rates for a pretrained large model;
    /// a small model that starts from nothing needs far higher ones (0.02 where that takes 2e-5) and bears a narrower range of them, hence the root.
    /// From 5e-6 to 1e-4 training goes well, best near 2e-5; 5e-4 is clearly bad; from about 1e-3 it diverges.
    /// </summary>
    internal static double OptimizerRate(double learningRate) => Math.Sqrt(20 * learningRate);

    // Smooth inverse frequency, a / (a + p), with the usual a = 1e-3: frequent tokens say little about what a question is about.
    private static float[] TokenWeights(Conversation[] conversations, int vocabularySize)
    {
        float[] counts = new float[vocabularySize];
        long total = 0;
        foreach (Conversation conversation in conversations)
        {
            total += conversation.Tokens.Length;
            foreach (ushort token in conversation.Tokens)
            {
                counts[token]++;
            }
        }

        return Array.ConvertAll(counts, count => (float)(1e-3 / (1e-3 + (count / (double)total))));
    }

    private static void Validate(TrainingParameters p)
    {
        AtLeast(p.Epochs, 1, "num_train_epochs");
        AtLeast(p.LearningRate, 0, "learning_rate");
        AtLeast(p.WarmupSteps, 0, "warmup_steps");
        AtLeast(p.BatchSize, 1, "per_device_train_batch_size");
        AtLeast(p.GradientAccumulationSteps, 1, "gradient_accumulation_steps");
        AtLeast(p.WeightDecay, 0, "weight_decay");
        AtLeast(p.LoggingSteps, 1, "logging_steps");
        OneOf(p.LoggingStrategy, "logging_strategy", "epoch", "steps");
        OneOf(p.EvaluationStrategy, "evaluation_strategy", "epoch", "steps", "disable");
        if (double.IsNaN(p.MaxGradNorm))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p.MaxGradNorm, "max_grad_norm must be a number.");
        }

        void AtLeast(double value, double least, string name)
        {
            if (!(value >= least && double.IsFinite(value)))
            {
                throw new ArgumentOutOfRangeException(nameof(p), value, $"{name} must be a number of at least {least}.");
            }
        }

        void OneOf(string value, string name, params string[] allowed)
        {
            if (!allowed.Contains(value, StringComparer.Ordinal))
            {
                throw new ArgumentOutOfRangeException(nameof(p), value, $"{name} must be one of {string.Join(", ", allowed)}.");
            }
        }
    }
}
