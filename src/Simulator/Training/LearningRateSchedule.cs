namespace FineTune.Simulator.Training;

/// <summary>
/// The learning-rate courses of the Hugging Face trainer (<c>transformers.optimization</c>) as factors of the peak rate,
/// with that library's defaults: half a cosine, one restart cycle, a polynomial of power 1 that ends at 1e-7.
/// </summary>
internal sealed class LearningRateSchedule
{
    private const double PolynomialEnd = 1e-7;

    private readonly Func<int, double> _factor;

    public LearningRateSchedule(string scheduler, double peak, int warmupSteps, int totalSteps)
    {
        double warmup = Math.Max(1, warmupSteps);
        double Progress(int step) => (step - warmupSteps) / (double)Math.Max(1, totalSteps - warmupSteps);
        Func<int, double> afterWarmup = scheduler switch
        {
            "linear" => step => Math.Max(0, (totalSteps - step) / (double)Math.Max(1, totalSteps - warmupSteps)),
            "cosine" => step => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * Progress(step)))),
            "cosine_with_restarts" => step => Progress(step) >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * (Progress(step) % 1)))),
            "polynomial" when peak <= PolynomialEnd => throw new ArgumentOutOfRangeException(
                nameof(peak), peak, "The polynomial scheduler ends at 1e-7, so learning_rate must be higher than that."),
            "polynomial" => step => step > totalSteps
                ? PolynomialEnd / peak
                : (((peak - PolynomialEnd) * (1 - Progress(step))) + PolynomialEnd) / peak,
            "constant" or "constant_with_warmup" => _ => 1,
            _ => throw new ArgumentOutOfRangeException(
                nameof(scheduler), scheduler, "lr_scheduler_type must be linear, cosine, cosine_with_restarts, polynomial, constant or constant_with_warmup."),
        };
        _factor = scheduler == "constant" ? afterWarmup : step => step < warmupSteps ? step / warmup : afterWarmup(step);
    }

    /// <summary>Share of the peak rate that the optimiser step after <paramref name="stepsDone"/> steps runs at.</summary>
    public double Factor(int stepsDone) => _factor(stepsDone);
}
