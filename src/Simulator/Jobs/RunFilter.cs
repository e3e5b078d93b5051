using System.Globalization;
using System.Text.RegularExpressions;
using FineTune.Simulator.Http;

namespace FineTune.Simulator.Jobs;

/// <summary>
/// MLflow's search filter, as far as Azure ML takes it: comparisons of <c>tags</c>, <c>params</c>, <c>metrics</c> and a few
/// attributes, joined by <c>and</c>. Azure ML refuses a filter by <c>attributes.status</c>; so does this.
/// </summary>
internal sealed partial class RunFilter
{
    private readonly List<Clause> _clauses = [];

    private RunFilter()
    {
    }

    /// <exception cref="ServiceException">The filter cannot be read.</exception>
    public static RunFilter Parse(string? text)
    {
        RunFilter filter = new();
        if (string.IsNullOrWhiteSpace(text))
        {
            return filter;
        }

        int position = 0;
        while (true)
        {
            Match match = ClauseForm().Match(text, position);
            if (!match.Success)
            {
                throw ServiceException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"The filter cannot be read from position {position} on: '{text}'."));
            }

            filter._clauses.Add(Clause.From(match));
            position = match.Index + match.Length;
            if (position == text.Length)
            {
                return filter;
            }

            Match and = And().Match(text, position);
            if (!and.Success)
            {
                throw ServiceException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"The filter has to go on with 'and' at position {position}: '{text}'."));
            }

            position += and.Length;
        }
    }

    public bool Matches(MlflowRun run) => _clauses.TrueForAll(clause => clause.Matches(run));

    [GeneratedRegex(
        """
        \G\s*((?<entity>[a-z]+)\.)?(`(?<key>[^`]+)`|"(?<key>[^"]+)"|(?<key>[A-Za-z0-9_.\-/]+))\s*(?<operator><=|>=|!=|=|<|>|i?like)\s*('(?<text>[^']*)'|"(?<text>[^"]*)"|(?<number>[+\-]?[0-9.]+([eE][+\-]?[0-9]+)?))\s*
        """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex ClauseForm();

    [GeneratedRegex(@"\Gand\s+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex And();

    private sealed record Clause(string Entity, string Key, string Operator, string? Text, double Number)
    {
        public static Clause From(Match match)
        {
            string entity = match.Groups["entity"].Value.ToUpperInvariant() switch
            {
                "TAGS" or "TAG" => "tags",
                "PARAMS" or "PARAM" or "PARAMETERS" or "PARAMETER" => "params",
                "METRICS" or "METRIC" => "metrics",
                "" or "ATTRIBUTES" or "ATTRIBUTE" or "ATTR" or "RUN" => "attributes",
                _ => throw ServiceException.BadRequest($"'{match.Groups["entity"].Value}' is not one of tags, params, metrics, attributes."),
            };
            string key = match.Groups["key"].Value;
            string operation = match.Groups["operator"].Value.ToUpperInvariant();
            bool hasText = match.Groups["text"].Success;
            double number = 0;
            if (entity == "metrics" && (hasText || operation.EndsWith("LIKE", StringComparison.Ordinal)))
            {
                throw ServiceException.BadRequest($"The metric '{key}' has to be compared with a number.");
            }

            if (entity != "metrics" && (!hasText || operation is not ("=" or "!=" or "LIKE" or "ILIKE")))
            {
                throw ServiceException.BadRequest($"'{entity}.{key}' takes =, !=, LIKE or ILIKE and a text in quotes.");
            }

            if (entity == "attributes" && key is not ("run_id" or "run_name" or "experiment_id"))
            {
                throw ServiceException.BadRequest($"A filter by the attribute '{key}' is not supported.");
            }

            if (!hasText && !double.TryParse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            {
                throw ServiceException.BadRequest($"'{match.Groups["number"].Value}' is not a number.");
            }

            return new Clause(entity, key, operation, hasText ? match.Groups["text"].Value : null, number);
        }

        public bool Matches(MlflowRun run)
        {
            if (Entity == "metrics")
            {
                return run.LastMetrics.TryGetValue(Key, out TimedMetric? metric) && Operator switch
                {
                    "=" => metric.Point.Value.Equals(Number),
                    "!=" => !metric.Point.Value.Equals(Number),
                    "<" => metric.Point.Value < Number,
                    "<=" => metric.Point.Value <= Number,
                    ">" => metric.Point.Value > Number,
                    _ => metric.Point.Value >= Number,
                };
            }

            string? value = Entity switch
            {
                "tags" => run.Tags.GetValueOrDefault(Key),
                "params" => run.Parameters.GetValueOrDefault(Key),
                _ => Key switch { "run_id" => run.RunId, "run_name" => run.Tags["mlflow.runName"], _ => run.ExperimentId },
            };
            return value is not null && Operator switch
            {
                "=" => value == Text,
                "!=" => value != Text,
                _ => Like(value, ignoreCase: Operator == "ILIKE"),
            };
        }

        private bool Like(string value, bool ignoreCase)
        {
            string pattern = "^" + Regex.Escape(Text!).Replace("%", ".*", StringComparison.Ordinal).Replace("_", ".", StringComparison.Ordinal) + "$";
            RegexOptions options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline;
            return Regex.IsMatch(value, pattern, ignoreCase ? options | RegexOptions.IgnoreCase : options, TimeSpan.FromSeconds(1));
        }
    }
}
