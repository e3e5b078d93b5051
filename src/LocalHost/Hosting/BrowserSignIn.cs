using Azure;
using Azure.Core;
using Azure.Identity;

namespace FineTune.LocalHost.Hosting;

/// <summary>
/// A host's last resort for signing in: a browser, for the person in front of this machine. One window, however many calls wait for it, and not
/// for ever: MSAL itself waits until somebody signs in, and a run would stand still without a word. Where it came to nothing, no second window
/// is opened: sweeper and drops ask again all day.
/// </summary>
/// <param name="browser">Opens the window; later gives tokens without one.</param>
/// <param name="hasScreen">Whether a person can see a window here.</param>
/// <param name="time">Counts the time that the person has.</param>
/// <param name="logger">Told of the window.</param>
internal sealed partial class BrowserSignIn(TokenCredential browser, bool hasScreen, TimeProvider time, ILogger<BrowserSignIn> logger) : TokenCredential, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private bool _opened;
    private string? _failure;

    /// <summary>How long the person has.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether a browser's window would be seen by anybody: not in a Windows service, and not on a Linux without a display.</summary>
    public static bool FindsScreen() => Environment.UserInteractive
        && (!OperatingSystem.IsLinux()
            || Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 } || Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 });

    /// <inheritdoc/>
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        GetTokenAsync(requestContext, cancellationToken).AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        if (!hasScreen)
        {
            throw new CredentialUnavailableException("This machine has no screen for a sign-in in a browser.");
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_failure is not null)
            {
                throw new CredentialUnavailableException(_failure);
            }

            if (!_opened)
            {
                _opened = true;
                LogOpened(Patience);
            }

            using var patience = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            return await browser.GetTokenAsync(requestContext, either.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or AuthenticationFailedException && !cancellationToken.IsCancellationRequested && !IsOutage(error))
        {
            _failure ??= $"The sign-in in the browser came to nothing ({(error is OperationCanceledException ? $"nobody signed in within {Patience}" : error.Message)}); "
                + "for another one start the host again.";
            throw new CredentialUnavailableException(_failure, error);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static bool IsOutage(Exception error) => error.InnerException is RequestFailedException { Status: 0 or >= 500 } or HttpRequestException;

    [LoggerMessage(1, LogLevel.Warning, "No other sign-in works here ('az login' would): a browser asks for it. Sign in there within {Patience}.")]
    private partial void LogOpened(TimeSpan patience);
}
