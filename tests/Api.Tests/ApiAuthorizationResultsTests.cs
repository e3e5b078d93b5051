using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.Api.Tests;

public sealed class ApiAuthorizationResultsTests : IAsyncLifetime, IHostReadiness
{
    private readonly HttpClient _http = new();
    private WebApplication? _application;

    public IReadOnlyList<PartReadiness> Parts { get; } = [];

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostReadiness>(this);
        builder.Services.AddSingleton<IAuthorizationMiddlewareResultHandler, ApiAuthorizationResults>();
        builder.Services.AddAuthorizationBuilder().AddPolicy("Approvers", policy => policy.RequireRole("approver"));
        _application = builder.Build();
        _application.Use((context, next) =>
        {
            if (context.Request.Headers.Authorization is [{ } header])
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Role, header.Split(' ')[1])], "test"));
            }

            return next(context);
        });
        _application.UseRouting();
        _application.UseAuthorization();
        _application.MapGet("/guarded", () => "open").RequireAuthorization("Approvers");
        await _application.StartAsync();
        _http.BaseAddress = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized, "NotSignedIn")]
    [InlineData("reader", HttpStatusCode.Forbidden, "RoleMissing")]
    [InlineData("approver", HttpStatusCode.OK, null)]
    public async Task Nobody_is_401_the_wrong_one_is_403_and_both_are_problems(string? role, HttpStatusCode status, string? code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/guarded", UriKind.Relative));
        request.Headers.Authorization = role is null ? null : new AuthenticationHeaderValue("Test", role);

        using HttpResponseMessage response = await _http.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        if (code is not null)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            JsonElement problem = JsonElement.Parse(await response.Content.ReadAsStringAsync());
            Assert.Equal(code, problem.GetProperty("code").GetString());
            Assert.NotEmpty(problem.GetProperty("nextStep").GetString()!);
        }
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _application!.DisposeAsync();
    }
}
