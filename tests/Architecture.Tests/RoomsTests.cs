using System.Reflection;
using System.Xml.Linq;

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
        [FunctionsApp] =
        [
            "FineTune.Durable", "FineTune.Workflow", "FineTune.Datasets", "FineTune.AzureMachineLearning", "FineTune.Storage", "FineTune.Api",
        ],
        ["finetune"] =
        [
            "FineTune.Durable", "FineTune.Workflow", "FineTune.Datasets", "FineTune.AzureMachineLearning", "FineTune.Storage",
            "FineTune.Api", "FineTune.Durable.Embedded", "FineTune.Simulator",
        ],
    };

    // Not every feed has the packages of the Functions app; its project file tells whom it knows.
    private const string FunctionsApp = "FineTune.FunctionsApp";

    public static TheoryData<string> Rooms => [.. MayKnow.Keys.Where(room => room != FunctionsApp)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_only_the_rooms_it_may(string room)
    {
        IEnumerable<string> known = Assembly.Load(room).GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("FineTune", StringComparison.OrdinalIgnoreCase));

        Assert.Empty(known.Except(MayKnow[room], StringComparer.Ordinal));
    }

    [Fact]
    public void The_functions_app_references_only_the_rooms_it_may()
    {
        string project = Path.Combine(RepositoryRoot.Path, "src", "FunctionsApp", "FunctionsApp.csproj");
        IEnumerable<string> known = XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => $"FineTune.{Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)}");

        Assert.Empty(known.Except(MayKnow[FunctionsApp], StringComparer.Ordinal));
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
