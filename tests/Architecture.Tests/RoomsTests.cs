using System.Reflection;

namespace FineTune.Architecture.Tests;

/// <summary>Who may know whom: docs/architecture in one table. An arrow that is not here fails the build.</summary>
public sealed class RoomsTests
{
    private static readonly Dictionary<string, string[]> MayKnow = new(StringComparer.Ordinal)
    {
        ["FineTune.Durable"] = [],
        ["FineTune.Workflow"] = ["FineTune.Durable"],
        ["FineTune.Datasets"] = ["FineTune.Durable", "FineTune.Workflow"],
        ["FineTune.AzureMachineLearning"] = ["FineTune.Durable", "FineTune.Workflow"],
        ["FineTune.Storage"] = ["FineTune.Durable", "FineTune.Workflow"],
        ["FineTune.Api"] = ["FineTune.Durable", "FineTune.Workflow"],
        ["FineTune.Durable.Embedded"] = ["FineTune.Durable"],
        ["FineTune.Simulator"] = [],
        ["finetune"] =
        [
            "FineTune.Durable", "FineTune.Workflow", "FineTune.Datasets", "FineTune.AzureMachineLearning", "FineTune.Storage",
            "FineTune.Api", "FineTune.Durable.Embedded", "FineTune.Simulator",
        ],
    };

    public static TheoryData<string> Rooms => [.. MayKnow.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_only_the_rooms_it_may(string room)
    {
        IEnumerable<string> known = Assembly.Load(room).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("FineTune", StringComparison.OrdinalIgnoreCase));

        Assert.Empty(known.Except(MayKnow[room], StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("FineTune.Durable")]
    [InlineData("FineTune.Workflow")]
    public void The_inner_rooms_have_no_package_at_all(string room)
    {
        IEnumerable<string> packages = Assembly.Load(room).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => !name.StartsWith("System.", StringComparison.Ordinal) && !name.StartsWith("FineTune.", StringComparison.Ordinal));

        Assert.Empty(packages);
    }

    [Fact]
    public void Every_project_under_src_has_its_row_in_the_table()
    {
        string source = Path.Combine(RepositoryRoot.Path, "src");
        IEnumerable<string> rooms = Directory.EnumerateFiles(source, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Select(name => name == "LocalHost" ? "finetune" : $"FineTune.{name}");

        Assert.Empty(rooms.Except(MayKnow.Keys, StringComparer.Ordinal));
    }
}
