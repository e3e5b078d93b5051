using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>The members that a request body may have. All that is wrong is found at once, and told in the details of one refusal.</summary>
internal sealed class BodyShape(params BodyMember[] members)
{
    private const int MostProblems = 20;

    private readonly Dictionary<string, BodyMember> _members = members.ToDictionary(member => member.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, string> _spellings = members.ToDictionary(member => Plain(member.Name), member => member.Name, StringComparer.Ordinal);

    /// <summary>Looks for what the service would refuse.</summary>
    /// <param name="body">The body.</param>
    /// <param name="apiVersion">The version that the client speaks.</param>
    /// <exception cref="ServiceException">There is something.</exception>
    public void Check(JsonObject body, string? apiVersion)
    {
        List<BodyProblem> problems = [];
        Look(body, "", apiVersion ?? "", problems);
        if (problems.Count > 0)
        {
            throw new ServiceException(400, "BadRequest", "The request is invalid. " + problems[0].Message, problems[0].Path)
            {
                Problems = [.. problems.Take(MostProblems)],
            };
        }
    }

    /// <summary>Writes members as they are to be written, and leaves all else as it is.</summary>
    public void Correct(JsonObject body)
    {
        foreach (string name in body.Select(pair => pair.Key).ToList())
        {
            string right = _members.ContainsKey(name) ? name : _spellings.GetValueOrDefault(Plain(name), name);
            if (right != name && !body.ContainsKey(right))
            {
                JsonNode? value = body[name];
                body.Remove(name);
                body[right] = value;
            }

            if (_members.GetValueOrDefault(right)?.Shape is { } shape && body[right] is JsonObject inner)
            {
                foreach (JsonObject one in _members[right].Kind == MemberKind.Objects ? inner.Select(pair => pair.Value).OfType<JsonObject>() : [inner])
                {
                    shape.Correct(one);
                }
            }
        }
    }

    private void Look(JsonObject body, string path, string apiVersion, List<BodyProblem> problems)
    {
        foreach (var pair in body)
        {
            string where = path.Length == 0 ? pair.Key : $"{path}.{pair.Key}";
            if (!_members.TryGetValue(pair.Key, out BodyMember? member) || (member.Until is { } last && string.CompareOrdinal(apiVersion, last) > 0))
            {
                problems.Add(member is null && _spellings.TryGetValue(Plain(pair.Key), out string? right)
                    ? new BodyProblem("MemberMisspelled", $"The member '{pair.Key}' has to be written '{right}'.", where)
                    : new BodyProblem("UnknownMember", $"Could not find the member '{pair.Key}' in api-version {apiVersion}.", where));
            }
            else if (pair.Value is not null)
            {
                Look(member, pair.Value, where, apiVersion, problems);
            }
        }

        foreach (BodyMember member in _members.Values)
        {
            if (member.IsRequired && body[member.Name] is null && !body.Any(pair => Plain(pair.Key) == Plain(member.Name) && pair.Value is not null))
            {
                string where = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
                problems.Add(new BodyProblem("MissingMember", $"The field '{member.Name}' is required.", where));
            }
        }
    }

    private static void Look(BodyMember member, JsonNode value, string path, string apiVersion, List<BodyProblem> problems)
    {
        void Wrong(string expected) => problems.Add(new BodyProblem("InvalidValue", $"The value at {path} has to be {expected}.", path));

        JsonValueKind kind = value.GetValueKind();
        switch (member.Kind)
        {
            case MemberKind.Text when kind != JsonValueKind.String:
                Wrong("a string");
                break;
            case MemberKind.Flag when kind is not (JsonValueKind.True or JsonValueKind.False):
                Wrong("true or false");
                break;
            case MemberKind.Integer when !IsInteger(value):
                Wrong("an integer");
                break;
            case MemberKind.Duration when !IsDuration(value):
                Wrong("an ISO 8601 duration");
                break;
            case MemberKind.Word when kind != JsonValueKind.String || !member.Words.Contains(value.GetValue<string>(), StringComparer.OrdinalIgnoreCase):
                problems.Add(new BodyProblem("InvalidValue", $"{value.ToJsonString().Trim('"')} is not one of {string.Join(", ", member.Words)}.", path));
                break;
            case MemberKind.List when kind != JsonValueKind.Array:
                Wrong("a list");
                break;
            case MemberKind.Texts or MemberKind.Integers or MemberKind.Object or MemberKind.Objects when kind != JsonValueKind.Object:
                Wrong("an object");
                break;
            case MemberKind.Object:
                member.Shape!.Look(value.AsObject(), path, apiVersion, problems);
                break;
            case MemberKind.Texts or MemberKind.Integers or MemberKind.Objects:
                foreach (var pair in value.AsObject())
                {
                    BodyMember item = member.Kind switch
                    {
                        MemberKind.Texts => new BodyMember(pair.Key, MemberKind.Text),
                        MemberKind.Integers => new BodyMember(pair.Key, MemberKind.Integer),
                        _ => new BodyMember(pair.Key, MemberKind.Object) { Shape = member.Shape },
                    };
                    if (pair.Value is not null)
                    {
                        Look(item, pair.Value, $"{path}.{pair.Key}", apiVersion, problems);
                    }
                }

                break;
        }
    }

    private static bool IsInteger(JsonNode value) =>
        value.GetValueKind() == JsonValueKind.Number && int.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static bool IsDuration(JsonNode value)
    {
        if (value.GetValueKind() != JsonValueKind.String)
        {
            return false;
        }

        try
        {
            return System.Xml.XmlConvert.ToTimeSpan(value.GetValue<string>()) >= TimeSpan.Zero;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            return false;
        }
    }

    /// <summary>What stays of a name when its spelling does not count: so <c>jobInputType</c> is recognised in <c>job_input_type</c>.</summary>
    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}
