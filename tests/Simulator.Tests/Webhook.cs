using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.Simulator.Tests;

/// <summary>A webhook that takes Event Grid's events and remembers them.</summary>
internal sealed class Webhook : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<(string Kind, string Count, JsonObject Event, int Status)> _received = new();
    private readonly bool _confirms;
    private readonly Func<string, int, int> _answer;
    private int _notifications;

    private Webhook(bool confirms, Func<string, int, int>? answer)
    {
        (_confirms, _answer) = (confirms, answer ?? ((_, _) => 200));
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.Run(ReceiveAsync);
    }

    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/events");

    public List<(string Kind, string Count, JsonObject Event, int Status)> Received => [.. _received];

    public IEnumerable<JsonObject> Accepted => _received.Where(delivery => delivery is { Status: 200, Kind: "Notification" }).Select(delivery => delivery.Event);

    public List<JsonObject> Events(string type) => [.. Accepted.Where(told => told["eventType"]!.GetValue<string>() == type)];

    /// <param name="confirms">Whether it sends the code of the handshake back.</param>
    /// <param name="answer">Its status code, by the kind of a delivery and the number of notifications so far; 200 unless given.</param>
    public static async Task<Webhook> StartAsync(bool confirms = true, Func<string, int, int>? answer = null)
    {
        Webhook webhook = new(confirms, answer);
        await webhook._application.StartAsync();
        return webhook;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task ReceiveAsync(HttpContext context)
    {
        JsonArray body = (await JsonNode.ParseAsync(context.Request.Body))!.AsArray();
        JsonObject told = Assert.Single(body)!.AsObject();
        string kind = context.Request.Headers["aeg-event-type"].ToString();
        int status = _answer(kind, kind == "Notification" ? Interlocked.Increment(ref _notifications) : 0);
        _received.Enqueue((kind, context.Request.Headers["aeg-delivery-count"].ToString(), told.DeepClone().AsObject(), status));
        context.Response.StatusCode = status;
        if (kind == "SubscriptionValidation" && _confirms)
        {
            await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $$"""{"validationResponse":"{{told["data"]!["validationCode"]}}"}"""));
        }
    }
}
