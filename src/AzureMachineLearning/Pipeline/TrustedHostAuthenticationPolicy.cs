using Azure.Core;
using Azure.Core.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>
/// Adds the bearer token, to hosts of the configured cloud only. URLs come out of answers (operations, next pages, tracking,
/// discovery), so every attempt of every request is checked here, and nowhere else. A request that carries a credential of its
/// own (an endpoint's key) or is marked anonymous gets no token, and may go to any host, but not without TLS.
/// </summary>
internal sealed class TrustedHostAuthenticationPolicy(AzureMachineLearningCloud cloud, TokenCredential credential)
    : BearerTokenAuthenticationPolicy(credential, cloud.Audience.TrimEnd('/') + "/.default")
{
    private static readonly Type AnonymousKey = typeof(TrustedHostAuthenticationPolicy);

    /// <summary>Marks a request that needs no token.</summary>
    public static void SendAnonymously(HttpMessage message) => message.SetProperty(AnonymousKey, value: true);

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        Uri address = message.Request.Uri.ToUri();
        bool needsToken = !message.TryGetProperty(AnonymousKey, out _) && !message.Request.Headers.Contains(HttpHeader.Names.Authorization);
        bool isEncrypted = address.Scheme == Uri.UriSchemeHttps;
        if (needsToken ? !cloud.Trusts(address) : !isEncrypted && !(cloud.IsLoopback && address.IsLoopback))
        {
            throw new UpstreamException(OutcomeKind.Denied, new Failure(
                "UntrustedHost", $"No credential is sent to {address.GetLeftPart(UriPartial.Authority)}: it is not a host of the configured cloud, or not encrypted.")
            {
                Where = $"{message.Request.Method} {address.GetLeftPart(UriPartial.Path)}",
                NextStep = "If the host is right, add it to the cloud's trusted hosts in the configuration; if not, find out who put it into the workspace's answer.",
            });
        }

        if (!needsToken)
        {
            await ProcessNextAsync(message, pipeline);
        }
        else if (isEncrypted)
        {
            await base.ProcessAsync(message, pipeline);
        }
        else
        {
            // The base class refuses http altogether; this is a simulator on this very machine.
            await AuthorizeRequestAsync(message);
            await ProcessNextAsync(message, pipeline);
        }
    }

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("This client has asynchronous members only.");
}
