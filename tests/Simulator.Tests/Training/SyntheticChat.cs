using System.Text.Json;

namespace FineTune.Simulator.Tests.Training;

/// <summary>Seeded rows about animals: enough regularity to be learnt in a moment, and an answer that depends on the question.</summary>
internal static class SyntheticChat
{
    private static readonly (string Animal, string Place, string Food)[] Facts =
    [
        ("otter", "river", "fish"), ("camel", "desert", "thorns"), ("puffin", "cliff", "eels"), ("badger", "wood", "worms"),
        ("yak", "mountain", "grass"), ("lizard", "wall", "flies"), ("walrus", "ice", "clams"), ("heron", "pond", "frogs"),
    ];

    public static string[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            (string animal, string place, string food) = Facts[random.Next(Facts.Length)];
            string question = random.Next(2) == 0 ? $"Where does the {animal} live?" : $"Tell me about the {animal}.";
            string answer = $"The {animal} lives near the {place} and it eats {food} every day.";
            return Row(("system", "You know animals."), ("user", question), ("assistant", answer), ("user", "Thanks!"), ("assistant", "You are welcome."));
        })];
    }

    public static string Row(params (string Role, string Content)[] messages) => JsonSerializer.Serialize(new
    {
        prompt = "not read",
        messages = messages.Select(message => new { content = message.Content, role = message.Role }),
        prompt_id = "0",
    });
}
