using System.Buffers.Binary;
using System.Security.Cryptography;
using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class LanguageModelTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    private static readonly GenerationParameters Greedy = new(0, 1, false, 60, 1);
    private static readonly GenerationParameters Sampled = new(1, 1, true, 60, 1);

    private readonly LanguageModel _model = trained.Result.Model;

    [Theory]
    [InlineData("otter", "river", "fish")]
    [InlineData("camel", "desert", "thorns")]
    [InlineData("walrus", "ice", "clams")]
    public void Generate_question_from_the_data_is_answered_from_the_data(string animal, string place, string food) =>
        Assert.Equal(
            $"The {animal} lives near the {place} and it eats {food} every day.",
            _model.Generate([new("system", "You know animals."), new("user", $"Where does the {animal} live?")], Greedy));

    [Fact]
    public void Generate_the_last_turn_decides() =>
        Assert.Equal("You are welcome.", _model.Generate([.. Question("otter"), new("assistant", "In the river."), new("user", "Thanks!")], Greedy));

    [Fact]
    public void Generate_greedy_does_not_depend_on_the_seed_or_the_nucleus() =>
        Assert.Equal(
            _model.Generate(Question("yak"), Greedy),
            _model.Generate(Question("yak"), Sampled with { Temperature = 0, TopP = 0.1, Seed = 99 }));

    [Fact]
    public void Generate_sampled_repeats_for_a_seed_and_varies_between_seeds()
    {
        string[] answers = [.. Enumerable.Range(0, 20).Select(seed => _model.Generate(Question("yak"), Sampled with { Temperature = 2, Seed = seed }))];

        Assert.Equal(answers[3], _model.Generate(Question("yak"), Sampled with { Temperature = 2, Seed = 3 }));
        Assert.True(answers.Distinct().Count() > 10);
    }

    [Fact]
    public void Generate_small_nucleus_is_greedy() =>
        Assert.Equal(_model.Generate(Question("yak"), Greedy), _model.Generate(Question("yak"), Sampled with { TopP = 1e-9 }));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Generate_stops_at_max_new_tokens(int tokens)
    {
        string whole = _model.Generate(Question("heron"), Greedy);

        string part = _model.Generate(Question("heron"), Greedy with { MaxNewTokens = tokens });

        Assert.StartsWith(part, whole, StringComparison.Ordinal);
        Assert.InRange(part.Length, 1, whole.Length - 1);
    }

    [Fact]
    public void Generate_endless_request_ends_at_the_end_of_the_turn() =>
        Assert.EndsWith("every day.", _model.Generate(Question("heron"), Greedy with { MaxNewTokens = int.MaxValue }), StringComparison.Ordinal);

    [Fact]
    public void Generate_no_four_tokens_occur_twice()
    {
        // A model that always wants to say "a", and if not that, "b": without the rule it would say "a" for ever.
        var tokenizer = new Tokenizer([]);
        var shape = new NetworkShape(tokenizer.VocabularySize, Context: 1, Embedding: 1, Hidden: 1);
        float[] parameters = new float[shape.ParameterCount];
        parameters.AsSpan(shape.OutputBiases)[Tokenizer.MarkerCount + 'a'] = 2;
        parameters.AsSpan(shape.OutputBiases)[Tokenizer.MarkerCount + 'b'] = 1;
        parameters.AsSpan(shape.OutputBiases)[Tokenizer.EndOfTurn] = -1;
        float[] weights = new float[shape.Vocabulary];
        Array.Fill(weights, 1);
        var model = new LanguageModel(new Network(shape, parameters, weights), tokenizer);

        string answer = model.Generate(Question("yak"), Greedy with { MaxNewTokens = 19 });

        Assert.StartsWith("aaaabaa", answer, StringComparison.Ordinal);
        Assert.Equal(16, Enumerable.Range(0, 16).Select(i => answer.Substring(i, 4)).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Wo wohnt der Königspinguin? 🐧")]
    [InlineData("\u0000\uD800")]
    public void Generate_any_text_is_answered(string text) => Assert.NotEmpty(_model.Generate([new("user", text)], Greedy));

    [Fact]
    public void Generate_without_a_user_turn_answers() => Assert.NotEmpty(_model.Generate([new("system", "Hello")], Greedy));

    [Fact]
    public void Generate_bad_conversations_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _model.Generate([], Greedy));
        Assert.Throws<ArgumentException>(() => _model.Generate([new("robot", "Hello")], Greedy));
    }

    [Theory]
    [InlineData(-0.1, 1, 5, "temperature")]
    [InlineData(double.NaN, 1, 5, "temperature")]
    [InlineData(double.PositiveInfinity, 1, 5, "temperature")]
    [InlineData(1, 0, 5, "top_p")]
    [InlineData(1, 1.01, 5, "top_p")]
    [InlineData(1, double.NaN, 5, "top_p")]
    [InlineData(1, 1, 0, "max_new_tokens")]
    public void Generate_parameter_out_of_range_is_refused_by_name(double temperature, double topP, int tokens, string name)
    {
        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(
            () => _model.Generate(Question("yak"), new GenerationParameters(temperature, topP, true, tokens, 1)));

        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_from_many_threads_gives_each_its_answer()
    {
        string[] animals = ["otter", "camel", "puffin", "badger"];
        string[] expected = [.. animals.Select(animal => _model.Generate(Question(animal), Greedy))];
        string[] answers = new string[64];

        Parallel.For(0, answers.Length, i => answers[i] = _model.Generate(Question(animals[i % 4]), Greedy));

        Assert.All(answers, (answer, i) => Assert.Equal(expected[i % 4], answer));
    }

    [Fact]
    public void Load_saved_model_answers_the_same_and_saves_the_same()
    {
        byte[] saved = Saved();

        LanguageModel loaded = LanguageModel.Load(new MemoryStream(saved));

        Assert.Equal(_model.Generate(Question("lizard"), Sampled), loaded.Generate(Question("lizard"), Sampled));
        using var again = new MemoryStream();
        loaded.Save(again);
        Assert.Equal(saved, again.ToArray());
    }

    [Theory]
    [InlineData(0, "does not begin")]
    [InlineData(7, "does not begin")]
    [InlineData(8, "checksum")]
    [InlineData(39, "checksum")]
    [InlineData(1000, "checksum")]
    [InlineData(-1, "checksum")]
    public void Load_truncated_file_is_refused(int length, string reason)
    {
        byte[] saved = Saved();

        Refused(saved[..(length < 0 ? saved.Length + length : length)], reason);
    }

    [Fact]
    public void Load_any_flipped_byte_is_refused()
    {
        byte[] saved = Saved();
        foreach (int at in Enumerable.Range(0, 100).Select(i => (int)((long)i * (saved.Length - 1) / 99)))
        {
            byte[] damaged = [.. saved];
            damaged[at] ^= 0x10;
            Assert.Throws<InvalidDataException>(() => LanguageModel.Load(new MemoryStream(damaged)));
        }
    }

    // Files with a right checksum around wrong content: the header's integers begin at byte 8.
    [Theory]
    [InlineData(8, 2, "format version 2")]
    [InlineData(12, 0, "context has size 0")]
    [InlineData(12, int.MaxValue, "context has size")]
    [InlineData(12, 5, "do not fit")]
    [InlineData(16, -1, "embedding has size -1")]
    [InlineData(20, 5000, "hidden layer has size 5000")]
    [InlineData(24, -5, "-5 merges")]
    [InlineData(24, int.MaxValue, "merges")]
    [InlineData(24, 60_000, "")]
    [InlineData(28, 0, "Merge 0")]
    public void Load_wrong_header_is_refused_with_the_reason(int offset, int value, string reason)
    {
        byte[] content = Saved()[..^SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(offset), value);

        Refused([.. content, .. SHA256.HashData(content)], reason);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Load_weight_that_is_no_number_is_refused(float value)
    {
        byte[] content = Saved()[..^SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteSingleLittleEndian(content.AsSpan(content.Length - 4), value);

        Refused([.. content, .. SHA256.HashData(content)], "not a finite number");
    }

    [Fact]
    public void Load_more_bytes_than_any_model_has_is_refused_without_reading_on()
    {
        using var endless = new ZeroStream();

        Assert.Throws<InvalidDataException>(() => LanguageModel.Load(endless));
    }

    private static ChatMessage[] Question(string animal) => [new("system", "You know animals."), new("user", $"Tell me about the {animal}.")];

    private static void Refused(byte[] file, string reason)
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => LanguageModel.Load(new MemoryStream(file)));

        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    private byte[] Saved()
    {
        using var stream = new MemoryStream();
        _model.Save(stream);
        return stream.ToArray();
    }

    private sealed class ZeroStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            Array.Clear(buffer, offset, count);
            return count;
        }

        public override int Read(Span<byte> buffer)
        {
            buffer.Clear();
            return buffer.Length;
        }
    }
}
