using FineTune.Simulator.Jobs;
using FineTune.Simulator.Training;

namespace FineTune.Simulator.OnlineEndpoints;

/// <summary>Trained models in memory, as long as somebody uses them: at most the last one is held on to.</summary>
internal sealed class ServedModels(JobArtifacts artifacts)
{
    private readonly Lock _gate = new();
    private string? _job;
    private LanguageModel? _model;

    public LanguageModel Load(string job)
    {
        lock (_gate)
        {
            if (_model is null || !job.Equals(_job, StringComparison.OrdinalIgnoreCase))
            {
                (_job, _model) = (job, artifacts.LoadModel(job));
            }

            return _model;
        }
    }
}
