#!/usr/bin/env dotnet
#:property RestorePackagesWithLockFile=false
#:property AllowUnsafeBlocks=true
#:property PublishAot=false
#:property NoWarn=MA0047;CA5392

// Makes samples/support-chat.parquet and samples/support-chat-with-bad-rows.jsonl:
//
//     dotnet run samples/make-support-chat.cs
//
// (A script of one file has no namespace, and loads DuckDB from node_modules: hence the two rules that are off.)
// The shop, its lamps and its customers are invented. The same program makes the same rows every time.
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

const string System = "You are the support assistant of Fernglow, a small maker of portable lamps. Answer briefly and politely.";
string[] greetings = ["", "Hello! ", "Hi there. ", "Good morning. ", "Quick question: ", "Excuse me! "];
string[] thanks = ["Thank you, that helps.", "Great, thanks a lot.", "Perfect, thank you."];

(string Name, int Hours, int Charge, int Grams, int Price, string Colour, string Rating)[] lamps =
[
    ("Aurora", 12, 3, 420, 59, "moss green", "IP54"),
    ("Beacon", 20, 4, 780, 89, "signal red", "IP65"),
    ("Cinder", 8, 2, 260, 39, "charcoal grey", "IP44"),
    ("Drift", 16, 3, 510, 69, "sand white", "IP54"),
    ("Ember", 10, 2, 330, 45, "copper", "IP44"),
    ("Firefly", 6, 1, 140, 25, "lemon yellow", "IP67"),
    ("Grove", 24, 5, 960, 119, "forest green", "IP65"),
    ("Harbor", 18, 4, 640, 79, "navy blue", "IP67"),
];

(string Country, int Days, int Fee)[] places =
[
    ("Austria", 2, 4), ("Canada", 7, 12), ("Denmark", 3, 5), ("France", 3, 5), ("Ireland", 4, 6), ("Italy", 4, 6), ("Japan", 9, 15), ("Norway", 5, 8),
];

(string Symptom, string Advice)[] faults =
[
    ("does not turn on", "Please charge the {0} for at least {1} with the cable from the box, then hold the button for five seconds."),
    ("flickers", "Please wipe the contacts under the lid with a dry cloth. If the {0} still flickers, we replace it free of charge."),
    ("does not charge", "Please try another cable and another socket. A red light on the {0} means that it is charging."),
    ("gets warm", "A {0} may get warm while it charges. If it gets hot, unplug it and write to us at once."),
    ("does not connect to the app", "Please hold the button of the {0} until it blinks blue, then choose Add lamp in the app."),
];

var rows = new List<Row>();
foreach (var lamp in lamps)
{
    Ask($"The battery of the {lamp.Name} lasts up to {Hours(lamp.Hours)} at medium brightness.",
        $"How long does the battery of the {lamp.Name} last?", $"What is the battery life of the {lamp.Name}?");
    Ask($"The {lamp.Name} is fully charged after {Hours(lamp.Charge)}.",
        $"How long does it take to charge the {lamp.Name}?", $"When is the {lamp.Name} fully charged?");
    Ask($"The {lamp.Name} weighs {lamp.Grams} grams.",
        $"How heavy is the {lamp.Name}?", $"What does the {lamp.Name} weigh?");
    Ask($"The {lamp.Name} costs {lamp.Price} euros, including tax.",
        $"What does the {lamp.Name} cost?", $"How much is the {lamp.Name}?");
    Ask($"The {lamp.Name} comes in {lamp.Colour}.",
        $"Which colour does the {lamp.Name} come in?", $"Is there a colour to choose for the {lamp.Name}?");
    Ask($"The {lamp.Name} is rated {lamp.Rating}. {(lamp.Rating == "IP44" ? "It stands a few drops, but please keep it out of heavy rain." : "Yes, you can use it in the rain.")}",
        $"Can I use the {lamp.Name} in the rain?", $"Is the {lamp.Name} waterproof?");
    Ask($"The {lamp.Name} has a warranty of three years from the day of delivery.",
        $"How long is the warranty of the {lamp.Name}?", $"Is there a warranty for the {lamp.Name}?");
    Ask($"Yes. You can return the {lamp.Name} within 30 days, and we refund the {lamp.Price} euros.",
        $"Can I return the {lamp.Name} if I do not like it?", $"How do returns work for the {lamp.Name}?");
    foreach ((string symptom, string advice) in faults)
    {
        Ask($"I am sorry to hear that. {string.Format(CultureInfo.InvariantCulture, advice, lamp.Name, Hours(lamp.Charge))}",
            $"My {lamp.Name} {symptom}. What can I do?", $"I bought the {lamp.Name} last week and it {symptom}.");
    }

    foreach ((string country, int days, int fee) in places)
    {
        Ask($"Yes, we ship the {lamp.Name} to {country}. It takes {days} working days and costs {fee} euros.",
            $"Do you ship the {lamp.Name} to {country}?", $"I live in {country}. Can I order the {lamp.Name}?");
    }

    foreach (var other in lamps.Where(other => other.Hours > lamp.Hours))
    {
        Ask($"The {other.Name} lasts longer: {Hours(other.Hours)}, and the {lamp.Name} lasts {Hours(lamp.Hours)}.",
            $"Which lamp lasts longer, the {lamp.Name} or the {other.Name}?");
    }
}

// Neighbours in the list are about different lamps, so that the first few percent already show some of everything.
rows = [.. rows.Select((row, index) => (row, order: index * 127 % rows.Count)).OrderBy(pair => pair.order).Select(pair => pair.row)];
string folder = Folder();
string all = Path.Combine(folder, "support-chat.jsonl.tmp");
File.WriteAllLines(all, rows.Select(row => row.Json));
DuckDb.Run($"""
    COPY (SELECT prompt, messages, prompt_id
          FROM read_json('{all}', format = 'newline_delimited',
                         columns = {"{"}prompt: 'VARCHAR', messages: 'STRUCT("content" VARCHAR, "role" VARCHAR)[]', prompt_id: 'VARCHAR'{"}"}))
    TO '{Path.Combine(folder, "support-chat.parquet")}' (FORMAT parquet, COMPRESSION zstd)
    """);
File.Delete(all);

List<string> lines = [.. rows.Take(60).Select(row => row.Json)];
string good = lines[0];
string[] bad =
[
    """{"prompt": "How heavy is the Aurora?", "messages": [{"role": "user", "content": "How heavy is the Aurora?"}""",
    """{'prompt': 'What does the Ember cost?'}""",
    """["How heavy is the Grove?", "The Grove weighs 960 grams."]""",
    """{"prompt": "What does the Drift cost?", "prompt_id": "no-messages"}""",
    """{"prompt": "What does the Drift cost?", "messages": [], "prompt_id": "empty-messages"}""",
    good.Replace("\"user\"", "\"customer\"", StringComparison.Ordinal),
    good.Replace("\"role\":\"assistant\"", "\"speaker\":\"assistant\"", StringComparison.Ordinal),
    """{"messages": [{"role": "user", "content": "Is the Beacon waterproof?"}, {"role": "assistant", "content": ""}]}""",
    """{"messages": [{"role": "user", "content": "Is the Beacon waterproof?"}, {"role": "assistant", "content": null}]}""",
    """{"messages": [{"role": "assistant", "content": "How can I help?"}, {"role": "user", "content": "My Cinder flickers."}]}""",
    """{"messages": [{"role": "user", "content": "My Cinder flickers."}]}""",
    """{"messages": ["My Harbor gets warm.", "That is normal."]}""",
];
for (int i = 0; i < bad.Length; i++)
{
    lines.Insert(4 + (i * 6), bad[i]);
}

File.WriteAllText(Path.Combine(folder, "support-chat-with-bad-rows.jsonl"), string.Join('\n', lines) + "\n");
Console.WriteLine($"{rows.Count} rows; with bad rows {lines.Count}, {bad.Length} of them bad.");

// Each answer is asked for in other words too, so that a question of the test split has its answer in the training split.
// Every seventh conversation knows its system message, every fifth goes on for another turn, every third greets.
void Ask(string answer, params string[] questions)
{
    foreach (string question in questions)
    {
        int n = rows.Count;
        string first = (n % 3 == 0 ? greetings[n / 3 % greetings.Length] : "") + question;
        List<Message> messages = [new(first, "user"), new(answer, "assistant")];
        if (n % 7 == 0)
        {
            messages.Insert(0, new Message(System, "system"));
        }

        if (n % 5 == 0)
        {
            messages.Add(new Message(thanks[n / 5 % thanks.Length], "user"));
            messages.Add(new Message("You are welcome! Write to us any time.", "assistant"));
        }

        rows.Add(new Row(first, messages, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{n} {first}")))));
    }
}

static string Hours(int hours) => hours == 1 ? "1 hour" : $"{hours} hours";

static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

internal sealed record Message(string Content, string Role);

internal sealed record Row(string Prompt, List<Message> Messages, string PromptId)
{
    /// <summary>Written by hand: the properties keep the order of the reference notebook's files.</summary>
    public string Json =>
        $"{{\"prompt\":{Quote(Prompt)},\"messages\":[{string.Join(',', Messages.Select(message => $"{{\"content\":{Quote(message.Content)},\"role\":\"{message.Role}\"}}"))}],\"prompt_id\":\"{PromptId}\"}}";

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}

/// <summary>Just enough of DuckDB's C API to run one statement.</summary>
internal static partial class DuckDb
{
    public static void Run(string sql)
    {
        string package = Directory.GetDirectories(Path.Combine(Folder(), "..", "node_modules", "@duckdb"), "node-bindings-*")[0];
        string library = OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";
        NativeLibrary.SetDllImportResolver(typeof(DuckDb).Assembly, (_, _, _) => NativeLibrary.Load(Path.Combine(package, library)));
        byte[] result = new byte[48];
        if (Open(null, out nint database) != 0 || Connect(database, out nint connection) != 0 || Query(connection, sql, result) != 0)
        {
            throw new InvalidOperationException($"DuckDB: {Marshal.PtrToStringUTF8(Error(result))}");
        }

        Disconnect(ref connection);
        Close(ref database);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [LibraryImport("duckdb", EntryPoint = "duckdb_open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string? path, out nint database);

    [LibraryImport("duckdb", EntryPoint = "duckdb_connect")]
    private static partial int Connect(nint database, out nint connection);

    [LibraryImport("duckdb", EntryPoint = "duckdb_query", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Query(nint connection, string query, [Out] byte[] result);

    [LibraryImport("duckdb", EntryPoint = "duckdb_result_error")]
    private static partial nint Error([In] byte[] result);

    [LibraryImport("duckdb", EntryPoint = "duckdb_disconnect")]
    private static partial void Disconnect(ref nint connection);

    [LibraryImport("duckdb", EntryPoint = "duckdb_close")]
    private static partial void Close(ref nint database);
}
