namespace FineTune.Datasets.Tests;

/// <summary>Damages bytes as disks, networks and malice do.</summary>
internal static class Mutation
{
    private static readonly byte[] Interesting = [0, 1, 0x7F, 0x80, 0xFF, (byte)'"', (byte)'\\', (byte)'{', (byte)'}', (byte)'[', (byte)']', (byte)',', (byte)'\n', 0xC0, 0xED, 0xF4];

    /// <summary>Applies one to four changes.</summary>
    /// <param name="random">Which.</param>
    /// <param name="source">The whole bytes.</param>
    /// <param name="tail">Half of the changes are in so many bytes at the end, where Parquet keeps its metadata; 0: anywhere.</param>
    public static byte[] Apply(Random random, byte[] source, int tail = 0)
    {
        List<byte> bytes = [.. source];
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            int from = tail > 0 && random.Next(2) == 0 ? Math.Max(0, bytes.Count - tail) : 0;
            int at = random.Next(from, bytes.Count);
            int length = Math.Min(random.Next(1, random.Next(2) == 0 ? 8 : 200), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 or 2:
                    bytes[at] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 3:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 4:
                    bytes.RemoveRange(at, length);
                    break;
                case 5:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 6:
                    for (int i = at; i < at + length; i++)
                    {
                        bytes[i] = (byte)random.Next(256);
                    }

                    break;
                default:
                    if (random.Next(3) == 0)
                    {
                        bytes.RemoveRange(at, bytes.Count - at);
                    }
                    else
                    {
                        bytes.Insert(at, Interesting[random.Next(Interesting.Length)]);
                    }

                    break;
            }
        }

        return [.. bytes];
    }
}
