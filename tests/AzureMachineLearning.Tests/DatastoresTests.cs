using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class DatastoresTests
{
    private static readonly string List = "GET " + ScriptedService.Url("/datastores", "&isDefault=true");
    private static readonly string Secrets = "POST " + ScriptedService.Url("/datastores/workspaceblobstore/listSecrets");

    private readonly ScriptedService _service = new();

    [Theory]
    [InlineData("core.windows.net", "https", "https://acct.blob.core.windows.net/box")]
    [InlineData("core.usgovcloudapi.net", "https", "https://acct.blob.core.usgovcloudapi.net/box")]
    [InlineData("127.0.0.1:10000", "http", "http://127.0.0.1:10000/acct/box")]
    [InlineData("localhost:10000", "http", "http://localhost:10000/acct/box")]
    [InlineData("127.0.0.1", "http", "http://127.0.0.1/acct/box")]
    [InlineData("10.1.2.3:443", "https", "https://10.1.2.3/acct/box")]
    public async Task The_container_is_addressed_by_the_datastores_endpoint(string endpoint, string protocol, string expected)
    {
        _service.On(List, body: Page(Datastore("AccountKey", endpoint, protocol))).On(Secrets, body: """{"secretsType":"AccountKey","key":"a2V5"}""");

        DatastoreLocation location = await _service.Client().Datastores.GetDefaultAsync();

        Assert.Equal(new DatastoreLocation("workspaceblobstore", new Uri(expected), "acct", DatastoreCredentialsType.AccountKey, "a2V5"), location);
    }

    [Fact]
    public async Task A_list_secrets_request_has_an_empty_body()
    {
        _service.On(List, body: Page(Datastore("Sas"))).On(Secrets, body: """{"secretsType":"Sas","sasToken":"?sv=1&sig=2"}""");

        DatastoreLocation location = await _service.Client().Datastores.GetDefaultAsync();

        Assert.Equal((DatastoreCredentialsType.Sas, "sv=1&sig=2"), (location.CredentialsType, location.Secret));
        Assert.Equal("", _service.Last.Body);
        Assert.DoesNotContain("sig", location.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_based_datastore_has_no_secret_and_none_is_asked_for()
    {
        _service.On(List, body: Page(Datastore("None")));

        DatastoreLocation location = await _service.Client().Datastores.GetDefaultAsync();

        Assert.Equal((DatastoreCredentialsType.None, (string?)null), (location.CredentialsType, location.Secret));
    }

    [Fact]
    public async Task Without_a_default_the_built_in_datastore_is_taken()
    {
        _service.On(List, body: """{"value":[]}""").On("GET " + ScriptedService.Url("/datastores/workspaceblobstore"), body: Datastore("None"));

        Assert.Equal("workspaceblobstore", (await _service.Client().Datastores.GetDefaultAsync()).DatastoreName);
    }

    [Theory]
    [InlineData("AzureBlob", "ServicePrincipal", "https")]
    [InlineData("AzureBlob", "Certificate", "https")]
    [InlineData("AzureBlob", "1", "https")]
    [InlineData("AzureFile", "AccountKey", "https")]
    [InlineData("AzureBlob", "None", "http")]
    [InlineData("AzureBlob", "None", "ftp")]
    public async Task A_datastore_that_can_not_be_used_is_refused(string type, string credentials, string protocol)
    {
        _service.On(List, body: Page(Datastore(credentials, protocol: protocol, type: type)));

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Datastores.GetDefaultAsync());

        Assert.Equal((OutcomeKind.Invalid, "DatastoreNotSupported"), (e.Kind, e.Failure.Code));
    }

    private static string Page(string item) => $$"""{"value":[{{item}}],"nextLink":null}""";

    private static string Datastore(string credentials, string endpoint = "core.windows.net", string protocol = "https", string type = "AzureBlob") => $$$"""
        {"name":"workspaceblobstore","properties":{"isDefault":true,"credentials":{"credentialsType":"{{{credentials}}}"},"datastoreType":"{{{type}}}",
          "accountName":"acct","containerName":"box","endpoint":"{{{endpoint}}}","protocol":"{{{protocol}}}"}}
        """;
}
