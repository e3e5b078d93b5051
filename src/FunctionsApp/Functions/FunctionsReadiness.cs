using FineTune.Api;

namespace FineTune.FunctionsApp.Functions;

/// <summary>The Functions host calls no function before engine and storage are there.</summary>
internal sealed class FunctionsReadiness : IHostReadiness
{
    /// <inheritdoc/>
    public IReadOnlyList<PartReadiness> Parts { get; } = [new(HostParts.Engine, Ready: true), new(HostParts.Storage, Ready: true)];
}
