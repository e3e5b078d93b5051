using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Faults;

/// <summary>Counts requests against the fault plan. The counts are kept on disk, so that a fault that has struck does not strike again after a restart.</summary>
internal sealed class FaultInjector
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    private readonly ResourceStore _store;
    private FaultPlan _plan = FaultPlan.None;
    private Regex[] _paths = [];
    private FaultRecord _counts = new("", []);

    public FaultInjector(ResourceStore store, SimulatorOptions options)
    {
        _store = store;
        Use(options.Faults);
        if (store.Find<FaultRecord>(FaultRecord.OnlyKey) is { } earlier && earlier.PlanHash == _counts.PlanHash)
        {
            _counts = earlier;
        }
    }

    /// <summary>The plan in force.</summary>
    public FaultPlan Plan => _plan;

    /// <summary>Replaces the plan and starts counting anew.</summary>
    /// <exception cref="ArgumentException">A rule is not valid; the message says which.</exception>
    public void Use(FaultPlan plan)
    {
        var paths = new Regex[plan.Rules.Count];
        for (int i = 0; i < paths.Length; i++)
        {
            FaultRule rule = plan.Rules[i];
            if (rule.Nth < 1 || rule.Times < 0 || rule.StatusCode is < 400 or > 599)
            {
                throw new ArgumentException($"Fault rule {i}: nth is at least 1, times at least 0, statusCode 400 to 599.", nameof(plan));
            }

            paths[i] = new Regex(rule.Path, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, MatchTimeout);
        }

        lock (_store.Gate)
        {
            byte[] text = JsonSerializer.SerializeToUtf8Bytes(plan, FaultPlanJson.Options);
            (_plan, _paths) = (plan, paths);
            _counts = new FaultRecord(Convert.ToHexString(SHA256.HashData(text)), new int[paths.Length]);
        }
    }

    /// <summary>The fault that this request meets, if any.</summary>
    public FaultRule? Next(string method, string path)
    {
        if (_paths.Length == 0)
        {
            return null;
        }

        lock (_store.Gate)
        {
            FaultRule? hit = null;
            int[] matches = [.. _counts.Matches];
            bool changed = false;
            for (int i = 0; i < _paths.Length; i++)
            {
                FaultRule rule = _plan.Rules[i];
                if ((rule.Method is not null && !rule.Method.Equals(method, StringComparison.OrdinalIgnoreCase)) || !_paths[i].IsMatch(path))
                {
                    continue;
                }

                // A rule that is spent, or applies for ever from here on, needs no more counting and no more writing.
                bool open = rule.Times == 0;
                if (matches[i] < (open ? rule.Nth : rule.Nth + rule.Times - 1))
                {
                    matches[i]++;
                    changed = true;
                }
                else if (!open)
                {
                    continue;
                }

                if (matches[i] >= rule.Nth)
                {
                    hit ??= rule;
                }
            }

            if (changed)
            {
                _counts = _counts with { Matches = matches };
                _store.Save(_counts);
            }

            return hit;
        }
    }
}
