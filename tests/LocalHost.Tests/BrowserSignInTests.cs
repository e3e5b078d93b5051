using Azure.Core;
using Azure.Identity;
using FineTune.Durable.Embedded;
using FineTune.LocalHost.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace FineTune.LocalHost.Tests;

public sealed class BrowserSignInTests
{
    private static readonly TokenRequestContext Context = new(["https://management.azure.com/.default"]);
    private static readonly AccessToken Token = new("t", DateTimeOffset.MaxValue);
    private readonly SkippingTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
    private readonly Mock<TokenCredential> _browser = new(MockBehavior.Strict);

    [Fact]
    public async Task A_window_that_nobody_signs_in_to_is_given_up_and_not_opened_again()
    {
        _browser.Setup(x => x.GetTokenAsync(Context, It.IsAny<CancellationToken>()))
            .Returns((TokenRequestContext _, CancellationToken cancellationToken) => WaitAsync(cancellationToken));
        using BrowserSignIn signIn = SignIn();

        CredentialUnavailableException first = await Assert.ThrowsAsync<CredentialUnavailableException>(() => signIn.GetTokenAsync(Context, default).AsTask());
        CredentialUnavailableException second = await Assert.ThrowsAsync<CredentialUnavailableException>(() => signIn.GetTokenAsync(Context, default).AsTask());

        Assert.Contains("nobody signed in within 00:05:00", first.Message, StringComparison.Ordinal);
        Assert.Equal(first.Message, second.Message);
        _browser.Verify(x => x.GetTokenAsync(Context, It.IsAny<CancellationToken>()), Times.Once);
    }

    [Fact]
    public async Task Calls_that_come_together_wait_for_one_window()
    {
        using IDisposable hold = _time.Hold();
        var signedIn = new TaskCompletionSource<AccessToken>();
        int open = 0;
        int most = 0;
        _browser.Setup(x => x.GetTokenAsync(Context, It.IsAny<CancellationToken>())).Returns(async () =>
        {
            most = Math.Max(most, ++open);
            AccessToken token = await signedIn.Task;
            open--;
            return token;
        });
        using BrowserSignIn signIn = SignIn();

        Task<AccessToken>[] calls = [.. Enumerable.Range(0, 3).Select(_ => signIn.GetTokenAsync(Context, default).AsTask())];
        signedIn.SetResult(Token);

        Assert.All(await Task.WhenAll(calls), token => Assert.Equal(Token, token));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_network_that_is_down_is_not_the_persons_refusal()
    {
        _browser.SetupSequence(x => x.GetTokenAsync(Context, It.IsAny<CancellationToken>()))
            .Throws(new AuthenticationFailedException("No network.", new HttpRequestException("No route.")))
            .ReturnsAsync(Token);
        using BrowserSignIn signIn = SignIn();

        await Assert.ThrowsAsync<AuthenticationFailedException>(() => signIn.GetTokenAsync(Context, default).AsTask());

        Assert.Equal(Token, await signIn.GetTokenAsync(Context, default));
    }

    [Fact]
    public async Task A_caller_that_stops_leaves_the_window_to_the_next_one()
    {
        using IDisposable hold = _time.Hold();
        using BrowserSignIn signIn = SignIn();
        using var stopped = new CancellationTokenSource();
        _browser.Setup(x => x.GetTokenAsync(Context, It.IsAny<CancellationToken>()))
            .Returns((TokenRequestContext _, CancellationToken cancellationToken) => WaitAsync(cancellationToken));
        ValueTask<AccessToken> call = signIn.GetTokenAsync(Context, stopped.Token);
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.AsTask());

        _browser.Reset();
        _browser.Setup(x => x.GetTokenAsync(Context, It.IsAny<CancellationToken>())).ReturnsAsync(Token);
        Assert.Equal(Token, await signIn.GetTokenAsync(Context, default));
    }

    [Fact]
    public async Task Without_a_screen_no_window_is_opened()
    {
        using BrowserSignIn signIn = SignIn(hasScreen: false);

        await Assert.ThrowsAsync<CredentialUnavailableException>(() => signIn.GetTokenAsync(Context, default).AsTask());
    }

    private BrowserSignIn SignIn(bool hasScreen = true) => new(_browser.Object, hasScreen, _time, NullLogger<BrowserSignIn>.Instance);

    private static async ValueTask<AccessToken> WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        return Token;
    }
}
