using System.Text.Json.Nodes;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Events;

/// <summary>A change of one run's state.</summary>
/// <param name="Events">The events that tell it.</param>
/// <param name="Told">What has been told when they are delivered.</param>
internal sealed record RunChange(JsonObject[] Events, RunCursorRecord Told);
