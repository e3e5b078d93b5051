using System.Net.Http.Headers;
using FineTune.Simulator.Faults;

namespace FineTune.Simulator.Tests;

public sealed class LandingPageTests
{
    [Fact]
    public async Task Page_shows_resources_jobs_with_their_steps_requests_and_faults()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.Timeout, Path = "/never", Nth = 7 });
        await simulator.DeployAsync();
        simulator.Http.DefaultRequestHeaders.Clear();

        Answer page = await simulator.Get("/");

        Assert.Equal(200, page.Status);
        foreach (string text in (string[])
            ["gpu-cluster", "job-1", "chat_completion_finetune", "endpoint-1", "blue", "/models/m/versions/1", "Timeout", "/never", "class=\"b good\">201<", "It is strict."])
        {
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Page_of_an_empty_simulator_says_that_there_is_nothing()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        using HttpResponseMessage response = await simulator.Http.GetAsync(new Uri("/", UriKind.Relative));
        string page = await response.Content.ReadAsStringAsync();

        Assert.Equal(new MediaTypeHeaderValue("text/html", "utf-8"), response.Content.Headers.ContentType);
        Assert.Contains("<h2>Jobs</h2><p class=\"none\">None.</p>", page, StringComparison.Ordinal);
        Assert.Contains("<h2>Requests: 0, the last 0</h2>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_client_has_sent_is_text_and_never_markup()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.Get("/%3Cscript%3Ealert(1)%3C%2Fscript%3E?api-version=1");

        Answer page = await simulator.Get("/");

        Assert.Contains("&lt;script&gt;alert(1)", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Page_shows_the_last_requests_and_counts_all_of_them_over_restarts()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        for (int i = 0; i < 60; i++)
        {
            await simulator.Get(simulator.Arm("computes/c" + i));
        }

        await simulator.RestartAsync();
        Answer page = await simulator.Get("/");

        Assert.Contains("<h2>Requests: 60, the last 50</h2>", page.Text, StringComparison.Ordinal);
        Assert.True(page.Text.IndexOf("/computes/c59<", StringComparison.Ordinal) < page.Text.IndexOf("/computes/c10<", StringComparison.Ordinal));
        Assert.DoesNotContain("/computes/c9<", page.Text, StringComparison.Ordinal);
    }
}
