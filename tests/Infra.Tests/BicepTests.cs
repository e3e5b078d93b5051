using System.Text.RegularExpressions;

namespace FineTune.Infra.Tests;

public sealed partial class BicepTests
{
    public static TheoryData<string> Files => [.. BicepFile.Paths];

    [Theory]
    [MemberData(nameof(Files))]
    public void Everything_declared_is_used(string path)
    {
        BicepFile file = BicepFile.Read(path);
        var used = file.Declarations.SelectMany(declaration => declaration.References()).ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(file.Declarations);
        Assert.Empty(file.Declarations.Where(declaration => declaration.Keyword is "param" or "var" && !used.Contains(declaration.Name)).Select(declaration => declaration.Name));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_parameter_says_what_it_is(string path) =>
        Assert.Empty(BicepFile.Read(path).Parameters.Where(parameter => string.IsNullOrWhiteSpace(parameter.Description)).Select(parameter => parameter.Name));

    [Theory]
    [MemberData(nameof(Files))]
    public void Local_modules_exist_and_get_the_parameters_that_they_declare(string path)
    {
        BicepFile file = BicepFile.Read(path);
        foreach (BicepDeclaration module in file.Modules.Where(module => !module.Source.StartsWith("br", StringComparison.Ordinal)))
        {
            string local = file.LocalPath(module);
            Assert.True(File.Exists(RepositoryRoot.File(local.Split('/'))), $"{path}: {module.Source} does not exist");
            BicepFile target = BicepFile.Read(local);
            string[] given = [.. module.Properties("params").Keys];

            Assert.Empty(given.Except(target.Parameters.Select(parameter => parameter.Name), StringComparer.Ordinal));
            Assert.Empty(target.Parameters.Where(parameter => !parameter.HasDefault).Select(parameter => parameter.Name).Except(given, StringComparer.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Outputs_that_are_read_of_local_modules_exist(string path)
    {
        BicepFile file = BicepFile.Read(path);
        foreach ((string module, string output) in file.OutputsRead())
        {
            BicepDeclaration declared = file.Declaration(module);
            if (!declared.Source.StartsWith("br", StringComparison.Ordinal))
            {
                Assert.Contains(output, BicepFile.Read(file.LocalPath(declared)).Outputs.Select(declaration => declaration.Name));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Verified_modules_are_pinned_to_one_version(string path) =>
        Assert.All(
            BicepFile.Read(path).Modules.Where(module => module.Source.StartsWith("br", StringComparison.Ordinal)),
            module => Assert.Matches(Pinned(), module.Source));

    [Fact]
    public void A_verified_module_has_the_same_version_everywhere() =>
        Assert.All(
            BicepFile.Paths.SelectMany(path => BicepFile.Read(path).Modules)
                .Where(module => module.Source.StartsWith("br", StringComparison.Ordinal))
                .Select(module => module.Source)
                .Distinct(StringComparer.Ordinal)
                .GroupBy(source => source[..source.LastIndexOf(':')], StringComparer.Ordinal),
            versions => Assert.Single(versions));

    [Fact]
    public void Every_module_file_is_used()
    {
        IEnumerable<string> used = BicepFile.Paths.Select(BicepFile.Read)
            .SelectMany(file => file.Modules.Where(module => !module.Source.StartsWith("br", StringComparison.Ordinal)).Select(file.LocalPath));

        Assert.Empty(BicepFile.Paths.Where(path => path.StartsWith("infra/modules/", StringComparison.Ordinal)).Except(used, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("infra/main.bicep", "hostStorage", "false")]
    [InlineData("infra/main.bicep", "dataStorage", "false")]
    [InlineData("infra/modules/workspace.bicep", "storage", "true")]
    public void Storage_accounts_are_closed_to_the_public_and_to_old_TLS(string path, string module, string sharedKeys)
    {
        IReadOnlyDictionary<string, string> parameters = BicepFile.Read(path).Declaration(module).Properties("params");

        Assert.Equal(sharedKeys, parameters["allowSharedKeyAccess"]);
        Assert.Equal("false", parameters["allowBlobPublicAccess"]);
        Assert.Equal("TLS1_2", parameters["minimumTlsVersion"]);
    }

    [Fact]
    public void No_other_storage_account_is_made() =>
        Assert.Equal(3, BicepFile.Paths.SelectMany(path => BicepFile.Read(path).Modules).Count(module => module.Source.Contains("/storage-account:", StringComparison.Ordinal)));

    [Fact]
    public void The_app_is_closed_but_for_HTTPS()
    {
        BicepDeclaration app = BicepFile.Read("infra/main.bicep").Declaration("app");
        IReadOnlyDictionary<string, string> parameters = app.Properties("params");

        Assert.Equal("true", parameters["httpsOnly"]);
        Assert.Equal("functionapp,linux", parameters["kind"]);
        string text = string.Join(' ', app.Body.Select(token => token.Text));
        Assert.Contains("minTlsVersion : 1.2", text, StringComparison.Ordinal);
        Assert.Contains("allowedOrigins : [ ]", text, StringComparison.Ordinal);
        Assert.Contains("name : ftp , allow : false", text, StringComparison.Ordinal);
        Assert.Contains("name : scm , allow : false", text, StringComparison.Ordinal);
        Assert.Contains("excludedPaths : [ /runtime/webhooks/blobs , /api/health ]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_read_in_one_place_only() =>
        Assert.Equal(["infra/dataset-events.bicep"], BicepFile.Paths.Where(path => Lists().IsMatch(RepositoryRoot.Read(path.Split('/')))));

    [Theory]
    [InlineData("param a string\nvar b = {", "line 2")]
    [InlineData("var b = 'x\n", "line 1")]
    [InlineData("var b = [}\n", "line 1")]
    [InlineData("var b = 'a${c'\n", "line 1")]
    public void The_check_finds_what_does_not_close(string text, string where) =>
        Assert.Contains(where, Assert.Throws<FormatException>(() => BicepFile.Parse("x.bicep", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_check_tells_a_use_from_a_property_of_the_same_name()
    {
        BicepFile file = BicepFile.Parse("x.bicep", "param a string\nparam b string\nparam c string\nvar d = {\n  a: e.b\n  f: 'x${c}'\n  g: { a: 1 }\n}\n");

        Assert.Equal(["e", "c"], file.Declaration("d").References().Where(name => name.Length == 1));
    }

    [GeneratedRegex(@"^br/public:avm/res/[a-z0-9-]+(/[a-z0-9-]+)+:\d+\.\d+\.\d+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pinned();

    [GeneratedRegex(@"\blist(Keys|Secrets|AccountSas|ServiceSas)?\(", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Lists();
}
