using System.Text.Json;
using FineTune.Api;
using FineTune.LocalHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.LocalHost.Tests;

public sealed class LoopbackGuardTests
{
    [Theory]
    [InlineData("127.0.0.1:7071", null)]
    [InlineData("localhost:7071", null)]
    [InlineData("[::1]:7071", null)]
    [InlineData("localhost:7071", "http://localhost:7071")]
    public async Task Programs_and_pages_of_this_host_are_let_through(string host, string? origin) =>
        Assert.Equal(StatusCodes.Status200OK, await AskAsync(host, origin));

    [Theory]
    [InlineData("evil.example:7071", null)]
    [InlineData("127.0.0.1.evil.example:7071", null)]
    [InlineData("localhost:7071", "https://evil.example")]
    [InlineData("localhost:7071", "http://localhost:8080")]
    [InlineData("localhost:7071", "null")]
    public async Task Names_of_others_and_pages_from_elsewhere_are_refused(string host, string? origin) =>
        Assert.Equal(StatusCodes.Status403Forbidden, await AskAsync(host, origin));

    [Fact]
    public async Task A_refusal_says_how_the_host_is_called()
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        context.Request.Headers.Host = "evil.example:7071";
        context.Response.Body = new MemoryStream();
        var builder = new ApplicationBuilder(context.RequestServices);
        builder.UseFineTuneProblems().UseLoopbackGuard();

        await builder.Build()(context);

        context.Response.Body.Position = 0;
        using JsonDocument problem = await JsonDocument.ParseAsync(context.Response.Body);
        Assert.Equal("NotFromHere", problem.RootElement.GetProperty("code").GetString());
        Assert.Contains("evil.example:7071", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", problem.RootElement.GetProperty("nextStep").GetString(), StringComparison.Ordinal);
    }

    private static async Task<int> AskAsync(string host, string? origin)
    {
        var builder = new ApplicationBuilder(new ServiceCollection().BuildServiceProvider());
        builder.UseLoopbackGuard();
        builder.Run(context =>
        {
            Assert.Equal(Environment.UserName, context.User.Identity?.Name);
            context.Response.StatusCode = StatusCodes.Status200OK;
            return Task.CompletedTask;
        });
        var context = new DefaultHttpContext();
        context.Request.Headers.Host = host;
        if (origin is not null)
        {
            context.Request.Headers.Origin = origin;
        }

        await builder.Build()(context);
        return context.Response.StatusCode;
    }
}
