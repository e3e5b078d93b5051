using System.Globalization;
using System.Text;

namespace FineTune.Benchmarks;

/// <summary>Makes chats of our own: like those that people tune with in length (3.6 KB and 6 messages on average), words, marks, line ends and escapes. No two are alike.</summary>
internal static class Conversations
{
    private static readonly string[] Words =
        ("the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were we when your can said there use an each "
        + "which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my "
        + "than first water been call who oil its now find long down day did get come made may part model training question answer parameter gradient temperature deployment endpoint "
        + "registration artificial intelligence conversation assistant explanation recommendation naïve café Zürich 42 2026 3.14 \"quoted\" don't it's C# e.g. (perhaps)").Split(' ');

    public static void Write(string path, long bytes)
    {
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20) { NewLine = "\n" };
        var random = new Random(1);
        var row = new StringBuilder();
        long written = 0;
        for (long i = 0; written < bytes; i++)
        {
            row.Clear();
            row.Append(CultureInfo.InvariantCulture, $"{{\"prompt\":\"");
            int prompt = row.Length;
            Text(row, random, 20 + random.Next(40));
            string first = row.ToString(prompt, row.Length - prompt);
            row.Append("\",\"messages\":[");
            int turns = 2 * (1 + random.Next(5));
            for (int turn = 0; turn < turns; turn++)
            {
                row.Append(turn == 0 ? "{\"content\":\"" : ",{\"content\":\"");
                if (turn == 0)
                {
                    row.Append(first);
                }
                else
                {
                    Text(row, random, turn % 2 == 0 ? 5 + random.Next(30) : 60 + random.Next(260));
                }

                row.Append(turn % 2 == 0 ? "\",\"role\":\"user\"}" : "\",\"role\":\"assistant\"}");
            }

            row.Append(CultureInfo.InvariantCulture, $"],\"prompt_id\":\"{i:x16}\"}}");
            file.WriteLine(row);
            written += row.Length + 1;
        }
    }

    private static void Text(StringBuilder text, Random random, int words)
    {
        for (int i = 0; i < words; i++)
        {
            text.Append(i == 0 ? "" : random.Next(25) == 0 ? ".\\n\\n" : random.Next(12) == 0 ? ", " : " ");
            text.Append(Words[random.Next(Words.Length)].Replace("\"", "\\\"", StringComparison.Ordinal));
        }

        text.Append('.');
    }
}
