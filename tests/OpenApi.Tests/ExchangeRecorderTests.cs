using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace FineTune.OpenApi.Tests;

public sealed class ExchangeRecorderTests
{
    [Fact]
    public async Task A_request_to_any_server_of_this_process_is_seen_whole_and_none_but_Azure_Resource_Managers()
    {
        var seen = new List<Exchange>();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        string marker = Guid.NewGuid().ToString();
        using (ExchangeRecorder.Start(exchange =>
        {
            if (exchange.Path.EndsWith(marker, StringComparison.Ordinal))
            {
                seen.Add(exchange);
            }
        }))
        {
            await using WebApplication application = builder.Build();
            application.Run(async context =>
            {
                using var reader = new StreamReader(context.Request.Body);
                string body = await reader.ReadToEndAsync();
                context.Response.StatusCode = 201;
                context.Response.Headers["x-lamp"] = "on";
                await context.Response.WriteAsync($"[{body}]");
            });
            await application.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(application.Urls.First()) };
            using var content = new StringContent("{\"a\":1}");
            using var other = new StringContent("");
            HttpResponseMessage answer = await http.PutAsync(new Uri($"/subscriptions/a%20b/{marker}?api-version=1&x=%2B", UriKind.Relative), content);
            await http.PutAsync(new Uri($"/elsewhere/{marker}", UriKind.Relative), other);
            Assert.Equal("[{\"a\":1}]", await answer.Content.ReadAsStringAsync());
        }

        Exchange exchange = Assert.Single(seen);
        Assert.Equal(("PUT", $"/subscriptions/a%20b/{marker}", 201, "on"), (exchange.Method, exchange.Path, exchange.Status, exchange.ResponseHeaders["x-lamp"]));
        Assert.Equal([new("api-version", "1"), new("x", "+")], exchange.Query);
        Assert.Equal(("{\"a\":1}", "[{\"a\":1}]"), (Encoding.UTF8.GetString(exchange.RequestBody.Span), Encoding.UTF8.GetString(exchange.ResponseBody.Span)));
    }
}
