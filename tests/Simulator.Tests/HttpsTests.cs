using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class HttpsTests
{
    [Fact]
    public async Task Https_is_spoken_by_the_certificate_that_lies_in_the_data_directory()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { HttpsPort = 0 });
        using HttpClient client = Client(simulator, proxy: false);

        JsonNode workspace = JsonNode.Parse(await client.GetStringAsync(Url(simulator.HttpsAddress, $"{simulator.Workspace}?{SimulatorFixture.Version}")))!;

        Assert.StartsWith($"https://127.0.0.1:{simulator.HttpsAddress.Port}/", workspace["properties"]!["discoveryUrl"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_certificate_is_kept_and_its_key_is_for_nobody_else()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { HttpsPort = 0 });
        string before = await File.ReadAllTextAsync(simulator.CertificateFile);
        await simulator.RestartAsync();

        Assert.Equal(before, await File.ReadAllTextAsync(simulator.CertificateFile));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.ChangeExtension(simulator.CertificateFile, ".key")));
        }
    }

    [Fact]
    public async Task Behind_the_proxy_every_address_is_the_one_that_Azure_has()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { HttpsPort = 0 });
        using HttpClient client = Client(simulator, proxy: true);

        JsonNode workspace = JsonNode.Parse(await client.GetStringAsync(Url(new Uri("https://management.azure.com"), $"{simulator.Workspace}?{SimulatorFixture.Version}")))!;
        JsonNode discovery = JsonNode.Parse(await client.GetStringAsync(new Uri(workspace["properties"]!["discoveryUrl"]!.GetValue<string>())))!;
        JsonNode registry = JsonNode.Parse(await client.GetStringAsync(new Uri(discovery["api"]!.GetValue<string>() + "/registrymanagement/v1.0/registries/azureml/discovery")))!;

        Assert.Equal("https://eastus.api.azureml.ms/discovery", workspace["properties"]!["discoveryUrl"]!.GetValue<string>());
        Assert.StartsWith("azureml://eastus.api.azureml.ms/mlflow/v1.0/", workspace["properties"]!["mlFlowTrackingUri"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("https://cert-eastus.experiments.azureml.net/", registry["primaryRegionResourceProviderUri"]!.GetValue<string>());
    }

    [Fact]
    public async Task Behind_the_proxy_an_endpoint_is_scored_under_its_own_host_name()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { HttpsPort = 0 });
        await simulator.CreateEndpointAsync();
        using HttpClient client = Client(simulator, proxy: true);
        JsonNode endpoint = JsonNode.Parse(await client.GetStringAsync(Url(new Uri("https://management.azure.com"), simulator.Arm("onlineEndpoints/" + Flow.Endpoint))))!;
        Uri scoring = new(endpoint["properties"]!["scoringUri"]!.GetValue<string>());

        using StringContent question = new("{}", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.PostAsync(scoring, question);

        Assert.Equal("https://endpoint-1.eastus.inference.ml.azure.com/score", scoring.ToString());

        // The bearer token of the resource manager is not the endpoint's key.
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("CONNECT example.com:443 HTTP/1.1\r\n\r\n", "403")]
    [InlineData("CONNECT management.azure.com:22 HTTP/1.1\r\n\r\n", "403")]
    [InlineData("CONNECT notmanagement.azure.com:443 HTTP/1.1\r\n\r\n", "403")]
    [InlineData("CONNECT 169.254.169.254:443 HTTP/1.1\r\n\r\n", "403")]
    [InlineData("GET http://management.azure.com/ HTTP/1.1\r\n\r\n", "400")]
    [InlineData("CONNECT management.azure.com:443 HTTP/1.1\r\nHost: management.azure.com\r\n\r\n", "200")]
    public async Task The_proxy_leads_to_the_simulator_and_nowhere_else(string head, string status)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { HttpsPort = 0 });
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, simulator.HttpsAddress.Port);
        NetworkStream stream = client.GetStream();

        // In two pieces, as a network may deliver it.
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head[..5]));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head[5..]));
        using StreamReader reader = new(stream, Encoding.ASCII);

        Assert.StartsWith($"HTTP/1.1 {status} ", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_asks_gets_a_token_and_learns_where_to_ask_for_it()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { HttpsPort = 0 });
        using HttpClient client = Client(simulator, proxy: true);
        JsonNode configuration = JsonNode.Parse(await client.GetStringAsync(new Uri("https://login.microsoftonline.com/some-tenant/v2.0/.well-known/openid-configuration")))!;
        using FormUrlEncodedContent form = new([new("grant_type", "client_credentials"), new("client_secret", "any")]);

        using HttpResponseMessage answer = await client.PostAsync(new Uri(configuration["token_endpoint"]!.GetValue<string>()), form);
        JsonNode token = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

        Assert.Equal("https://login.microsoftonline.com/some-tenant/oauth2/v2.0/token", configuration["token_endpoint"]!.GetValue<string>());
        Assert.Equal("Bearer", token["token_type"]!.GetValue<string>());
        Assert.Equal(3, token["access_token"]!.GetValue<string>().Split('.').Length);
    }

    private static Uri Url(Uri origin, string target) => new(origin, target);

    private static HttpClient Client(SimulatorFixture simulator, bool proxy)
    {
        SocketsHttpHandler? handler = Handler(simulator, proxy);
        try
        {
            HttpClient client = new(handler);
            handler = null;
            client.DefaultRequestHeaders.Add("Authorization", "Bearer token-of-a-test");
            return client;
        }
        finally
        {
            handler?.Dispose();
        }
    }

    /// <summary>Trusts the simulator's certificate and nothing else, and checks names.</summary>
    private static SocketsHttpHandler Handler(SimulatorFixture simulator, bool proxy)
    {
        using X509Certificate2 trusted = X509CertificateLoader.LoadCertificateFromFile(simulator.CertificateFile);
        string thumbprint = trusted.Thumbprint;
        return new SocketsHttpHandler
        {
            UseProxy = proxy,
            Proxy = proxy ? new WebProxy(new UriBuilder(simulator.HttpsAddress) { Scheme = "http" }.Uri) : null,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    certificate is X509Certificate2 shown && shown.Thumbprint == thumbprint && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None,
            },
        };
    }
}
