using System.Net;
using System.Text.Json;

namespace FineTune.Api.Tests;

public sealed class HealthEndpointsTests : IAsyncLifetime
{
    private readonly ApiHost _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_host_whose_parts_are_all_up_is_ready()
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/health");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("ready", body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_host_that_is_starting_is_alive_and_says_what_is_missing()
    {
        _api.Parts = [new(HostParts.Engine, Ready: true), new(HostParts.Storage, Ready: false, "Azurite is starting")];

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/health");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("starting", body.GetProperty("status").GetString());
        JsonElement part = Assert.Single(body.GetProperty("parts").EnumerateArray(), part => !part.GetProperty("ready").GetBoolean());
        Assert.Equal("storage", part.GetProperty("name").GetString());
        Assert.Equal("Azurite is starting", part.GetProperty("detail").GetString());
    }
}
