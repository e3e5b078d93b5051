namespace FineTune.Simulator.Training;

/// <summary>
/// What a fine-tuning job may set. Names, meanings and defaults are those of the Azure ML component
/// <c>chat_completion_pipeline</c>, which passes them on to the Hugging Face trainer.
/// </summary>
public sealed record TrainingParameters
{
    /// <summary>Passes over the training rows (<c>num_train_epochs</c>), at least 1. Ignored when <see cref="MaxSteps"/> is positive.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>
    /// Peak learning rate in the units of a large language model (<c>learning_rate</c>), at least 0.
    /// The small model's optimiser runs at the square root of 20 times it, which makes 5e-6 to 1e-4 train well and rates from about 1e-3 diverge;
    /// metrics report the rate as given here.
    /// </summary>
    public double LearningRate { get; init; } = 2e-5;

    /// <summary>
    /// Course of the learning rate (<c>lr_scheduler_type</c>): <c>linear</c>, <c>cosine</c>, <c>cosine_with_restarts</c>,
    /// <c>polynomial</c>, <c>constant</c> or <c>constant_with_warmup</c>.
    /// </summary>
    public string Scheduler { get; init; } = "linear";

    /// <summary>Optimiser steps over which the rate rises from zero (<c>warmup_steps</c>), at least 0. <c>constant</c> has no warm-up.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Conversations in one forward and backward pass (<c>per_device_train_batch_size</c>), at least 1.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Batches that share one optimiser step (<c>gradient_accumulation_steps</c>), at least 1.</summary>
    public int GradientAccumulationSteps { get; init; } = 1;

    /// <summary>Optimiser steps in all (<c>max_steps</c>); zero or less leaves it to <see cref="Epochs"/>.</summary>
    public int MaxSteps { get; init; } = -1;

    /// <summary>Decoupled weight decay of AdamW (<c>weight_decay</c>), at least 0. Biases do not decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Gradients with a longer Euclidean norm are scaled down to it (<c>max_grad_norm</c>); zero or less does not clip.</summary>
    public double MaxGradNorm { get; init; } = 1.0;

    /// <summary>Seed of the initial weights, of the order of rows and of any sampling of rows (<c>seed</c>).</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Optimiser steps between two reports when a strategy is <c>steps</c> (<c>logging_steps</c>), at least 1.</summary>
    public int LoggingSteps { get; init; } = 10;

    /// <summary>When the training loss is reported (<c>logging_strategy</c>): <c>steps</c> or <c>epoch</c>.</summary>
    public string LoggingStrategy { get; init; } = "steps";

    /// <summary>
    /// When the evaluation split is scored (<c>evaluation_strategy</c>): <c>epoch</c>, <c>steps</c> (every <see cref="LoggingSteps"/> steps,
    /// the trainer's rule when no other interval is given) or <c>disable</c>.
    /// </summary>
    public string EvaluationStrategy { get; init; } = "epoch";
}
