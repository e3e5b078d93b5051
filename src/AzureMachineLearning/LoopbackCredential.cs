using Azure.Core;

namespace FineTune.AzureMachineLearning;

/// <summary>A token for the simulator, which asks for one as the service does. It opens nothing anywhere else.</summary>
public sealed class LoopbackCredential : TokenCredential
{
    private static readonly AccessToken Token = new("loopback", DateTimeOffset.MaxValue);

    /// <inheritdoc/>
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => Token;

    /// <inheritdoc/>
    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(Token);
}
