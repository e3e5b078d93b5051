#:property RestorePackagesWithLockFile=false
#:property PublishAot=false

// Builds everything, runs every test, and ends with one plain line: "N passed, N failed, N skipped".
// Arguments go to `dotnet test`, for example: dotnet run tests/run.cs -- --filter FullyQualifiedName~Durable

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
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

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed{(skipped == 0 ? "" : $", {skipped} skipped")}"));
    return tests.ExitCode == 0 && failed == 0 && passed > 0 ? 0 : 1;
}
finally
{
    results.Delete(recursive: true);
}

static int Count(XElement counters, string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);

static string ThisFile([CallerFilePath] string path = "") => path;
