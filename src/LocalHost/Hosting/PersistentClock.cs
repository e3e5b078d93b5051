using System.Text.Json;
using FineTune.Durable;
using FineTune.Durable.Embedded;

namespace FineTune.LocalHost.Hosting;

/// <summary>
/// The one clock of host and simulated cloud. It is anchored in the data folder: while the host is dead the clock runs on,
/// and it never goes backward, at whichever speed the host is started again.
/// </summary>
internal static class PersistentClock
{
    private const string FileName = "clock.json";

    /// <summary>Opens the clock of a data folder.</summary>
    /// <param name="folder">The folder; made when missing.</param>
    /// <param name="speed">Seconds of this clock in a real second; null to go on at the speed it had.</param>
    /// <param name="real">The real clock.</param>
    /// <returns>The clock, and its speed.</returns>
    /// <exception cref="InvalidDataException">The anchor can't be read.</exception>
    public static (TimeProvider Clock, double Speed) Open(string folder, double? speed, TimeProvider real)
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, FileName);
        DateTimeOffset now = real.GetUtcNow();
        ClockAnchor? kept = Read(path);
        double factor = speed ?? kept?.Speed ?? 1;
        if (kept is null && factor is 1)
        {
            return (real, factor);
        }

        ClockAnchor anchor = kept switch
        {
            null => new ClockAnchor(now, now, factor),
            _ when now < kept.Real => new ClockAnchor(now, kept.Virtual, factor),
            _ when !factor.Equals(kept.Speed) => new ClockAnchor(now, kept.At(now), factor),
            _ => kept,
        };
        if (anchor != kept)
        {
            Write(path, anchor);
        }

        return (new ScaledTimeProvider(anchor.Real, anchor.Virtual, anchor.Speed, real), factor);
    }

    private static ClockAnchor? Read(string path)
    {
        try
        {
            ClockAnchor? anchor = JsonSerializer.Deserialize<ClockAnchor>(File.ReadAllBytes(path), DurableJson.Options);
            return anchor is { Speed: > 0 } ? anchor : throw new JsonException("It holds no speed above 0.");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"The clock's anchor {path} can't be read: {error.Message} Restore it; without it the runs in this folder would see time jump.", error);
        }
    }

    // Whole or not at all: a host killed in between must find the old anchor or the new one.
    private static void Write(string path, ClockAnchor anchor)
    {
        string next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, anchor, DurableJson.Options);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}
