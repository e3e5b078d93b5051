using System.Globalization;

namespace FineTune.Workflow.Contracts;

/// <summary>What a dataset is checked for because of the training that it is meant for.</summary>
/// <param name="Model">The base model's name; tells whose special tokens must not stand in a text. Null when not known.</param>
/// <param name="ContextLength">Tokens that fit into the training's context (<c>max_seq_length</c>); null when not known: then nothing is over it.</param>
/// <param name="Epochs">How often the training rows are gone through, for the billable tokens; null when not known.</param>
public sealed record DatasetChecks(string? Model = null, int? ContextLength = null, double? Epochs = null)
{
    /// <summary>The checks for a training.</summary>
    /// <param name="model">The base model.</param>
    /// <param name="parameters">The component's inputs; its <c>max_seq_length</c> is -1 when the model decides.</param>
    /// <returns>The checks.</returns>
    public static DatasetChecks For(ModelReference model, IReadOnlyList<PipelineParameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(parameters);
        double? Number(string name) =>
            parameters.FirstOrDefault(parameter => parameter.Name == name) is { Value: { } text }
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value)
                ? value
                : null;
        return new DatasetChecks(
            model.Name, Number("max_seq_length") is <= int.MaxValue and { } length ? (int)length : null, Number("num_train_epochs"));
    }
}
