#:property RestorePackagesWithLockFile=false
#:property PublishAot=false

// Builds everything, runs every test, and ends with one plain line: "N passed, N failed, N skipped".
// Before it stands what the tests' exchanges with simulated workspaces came to against Azure ML's OpenAPI documents.
// Arguments go to `dotnet test`, for example: dotnet run tests/run.cs -- --filter FullyQualifiedName~Durable

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Xml.Linq;

string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, ".."));
DirectoryInfo results = Directory.CreateTempSubdirectory("finetune-tests-");
try
{
    var start = new ProcessStartInfo("dotnet") { WorkingDirectory = root };
    foreach (string argument in (string[])["test", "FineTuneFunctions.sln", "--nologo", "--logger", "trx", "--results-directory", results.FullName, .. args])
    {
        start.ArgumentList.Add(argument);
    }

    DirectoryInfo contract = results.CreateSubdirectory("contract");
    start.Environment["FINETUNE_CONTRACT_RESULTS"] = contract.FullName;
    using Process tests = Process.Start(start)!;
    await tests.WaitForExitAsync();

    int passed = 0, failed = 0, skipped = 0;
    foreach (FileInfo file in results.EnumerateFiles("*.trx"))
    {
        XElement counters = XDocument.Load(file.FullName).Descendants().First(element => element.Name.LocalName == "Counters");
        passed += Count(counters, "passed");
        failed += Count(counters, "executed") - Count(counters, "passed");
        skipped += Count(counters, "total") - Count(counters, "executed");
    }

    PrintContract(contract);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed{(skipped == 0 ? "" : $", {skipped} skipped")}"));
    return tests.ExitCode == 0 && failed == 0 && passed > 0 ? 0 : 1;
}
finally
{
    results.Delete(recursive: true);
}

static int Count(XElement counters, string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);

static void PrintContract(DirectoryInfo contract)
{
    JsonNode[] parts = [.. contract.EnumerateFiles("*.json").Select(file => JsonNode.Parse(File.ReadAllText(file.FullName))!)];
    if (parts.Length == 0)
    {
        Console.WriteLine("Exchanges were not checked against the OpenAPI documents: shared/azureml/openapi/2024-04-01 is not beside this repository.");
        return;
    }

    string[] Names(string member) => [.. parts.SelectMany(part => part[member]!.AsArray()).Select(name => (string)name!).Distinct().Order(StringComparer.Ordinal)];
    string[] named = Names("ContractOperations"), seen = Names("Operations"), covered = [.. named.Intersect(seen)], missing = [.. named.Except(seen)];
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Operations covered: {covered.Length} of the {named.Length} that the contract names: {string.Join(", ", covered)}{(missing.Length == 0 ? "" : $"; not covered: {string.Join(", ", missing)}")}"));
    int Sum(string member) => parts.Sum(part => (int)part[member]!);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Sum("Requests")} more requests of the client to scripted answers checked; {Sum("Outside")} exchanges are outside of the documents (states of operations, other api-versions)"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Sum("Checked")} exchanges checked against the OpenAPI documents, {Sum("Violations")} violations"));
}

static string ThisFile([CallerFilePath] string path = "") => path;
