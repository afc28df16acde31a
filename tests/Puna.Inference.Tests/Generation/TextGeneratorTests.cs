using System.Text;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Inference.Tests;

/// <summary>Text that is streamed is the whole text, cut between characters, and nothing of a stop string.</summary>
public sealed class TextGeneratorTests : IDisposable
{
    private static readonly Tokenizer Tokenizer = Tokenizers.Load(SharedData.Golden("sentencepiece/bpe_512_llama.model"));
    private static readonly GenerationOptions Options = new() { MaxOutputTokens = 60, StopIds = [-1] };
    private readonly CpuDevice _device = new(1);

    // a network that knows nothing writes every kind of piece, among them single bytes of characters and control symbols
    private static LanguageModel Model { get; } = new(TinyLlama.Network(TinyLlama.Config(vocabulary: Tokenizer.VocabularySize, context: 128) with { InitializerRange = 0.02, BosTokenId = 1, EosTokenIds = [2] }), Tokenizer, null);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void What_is_streamed_joined_is_the_whole_and_the_decoding_of_the_ids()
    {
        using var generator = new TextGenerator(Model, _device);
        var replaced = 0;
        for (var seed = 0; seed < 40; seed++)
        {
            var prompt = generator.Encode("Uopase");
            var pieces = generator.Stream(prompt, Sampling(seed), Options).ToArray();
            using var ids = new Generator(Model.Network, _device);
            int[] generated = [.. ids.Generate(prompt, new SamplerChain(Sampling(seed)), Options)];
            var whole = Tokenizer.Decode([.. prompt, .. generated]);
            (Tokenizer.Decode(prompt) + string.Concat(pieces)).ShouldBe(whole);
            pieces.ShouldAllBe(piece => IsWhole(piece));
            generator.Statistics.GeneratedTokens.ShouldBe(60);
            replaced += whole.Count(character => character == '\uFFFD');
        }
        replaced.ShouldBeGreaterThan(40, "the network must write bytes, or this test tests nothing");
    }

    [Fact]
    public void An_answer_ends_where_the_template_or_the_model_says()
    {
        var network = TinyLlama.Network(TinyLlama.Config(vocabulary: Tokenizer.VocabularySize) with { EosTokenIds = [2, 7] });
        using var generator = new TextGenerator(new LanguageModel(network, Tokenizer, ChatTemplates.Llama2), _device);
        generator.AnswerEndIds(ChatTemplates.Llama2).ShouldBe([2, 7]);
    }

    [Fact]
    public void Characters_of_several_byte_pieces_come_out_whole_in_the_middle_of_a_stream()
    {
        var text = "ö語🙂é👩‍👩‍👧";
        var decoder = Tokenizer.CreateDecoder();
        var pieces = Tokenizer.Encode(text).Select(decoder.Append).Append(decoder.Flush()).ToArray();
        string.Concat(pieces).ShouldBe(text);
        pieces.ShouldAllBe(piece => IsWhole(piece) && !piece.Contains('\uFFFD'));
    }

    [Fact]
    public void Nothing_of_a_stop_string_leaks_and_what_comes_before_it_is_complete()
    {
        using var generator = new TextGenerator(Model, _device);
        var prompt = generator.Encode("Uopase");
        for (var seed = 0; seed < 20; seed++)
        {
            var whole = generator.Complete(prompt, Sampling(seed), Options);
            var random = new CounterRandom((ulong)seed);
            var from = 5 + random.Next(whole.Length - 20);
            var stop = whole.Substring(from, 1 + random.Next(12));
            if (char.IsLowSurrogate(stop[0]) || char.IsHighSurrogate(stop[^1])) continue;
            var pieces = generator.Stream(prompt, Sampling(seed), Options with { StopSequences = [stop, "never there"] }).ToArray();
            string.Concat(pieces).ShouldBe(whole[..whole.IndexOf(stop, StringComparison.Ordinal)]);
            generator.Statistics.FinishReason.ShouldBe(FinishReason.Stop);
            generator.Statistics.GeneratedTokens.ShouldBeLessThanOrEqualTo(60);
        }
    }

    [Fact]
    public void The_leading_space_of_a_continuation_is_kept()
    {
        // ids of a whole text, cut in two: what the second half decodes to must join the first without a seam
        using var generator = new TextGenerator(Model, _device);
        var ids = Tokenizer.Encode("uopase qeqi rawe");
        var cut = Enumerable.Range(1, ids.Length - 1).First(i => Tokenizer.IdToPiece(ids[i]).StartsWith('\u2581'));
        var decoder = Tokenizer.CreateDecoder();
        var prompt = string.Concat(ids[..cut].Select(decoder.Append));
        string.Concat(ids[cut..].Select(decoder.Append)).ShouldStartWith(" ");
        for (var seed = 0; seed < 200; seed++)
        {
            var first = new Generator(Model.Network, _device).Generate(ids[..cut], new SamplerChain(Sampling(seed)), Options with { MaxOutputTokens = 1 }).Single();
            if (!Tokenizer.IdToPiece(first).StartsWith('\u2581')) continue;
            generator.Complete(ids[..cut], Sampling(seed), Options with { MaxOutputTokens = 1 }).ShouldBe(Tokenizer.IdToPiece(first).Replace('\u2581', ' '));
            return;
        }
        prompt.ShouldBeEmpty("no seed began with a space");
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_from_a_fresh_generator_and_from_a_used_one()
    {
        using var used = new TextGenerator(Model, _device);
        var prompt = used.Encode("rawe");
        for (var seed = 0; seed < 5; seed++)
        {
            using var fresh = new TextGenerator(Model, _device);
            used.Complete(prompt, Sampling(seed), Options).ShouldBe(fresh.Complete(prompt, Sampling(seed), Options));
        }
        used.Complete(prompt, Sampling(1), Options).ShouldNotBe(used.Complete(prompt, Sampling(2), Options));
    }

    [Fact]
    public void A_prompt_begins_with_bos_exactly_where_the_model_has_one()
    {
        using var with = new TextGenerator(Model, _device);
        with.Encode("rawe").ShouldBe([1, .. Tokenizer.Encode("rawe")]);
        with.EndIds.ShouldBe([2]);
        var bare = new LanguageModel(TinyLlama.Network((LlamaConfig)Model.Network.Config with { BosTokenId = null, EosTokenIds = [] }), Model.Tokenizer, Model.ChatTemplate);
        using var without = new TextGenerator(bare, _device);
        without.Encode("rawe").ShouldBe(Tokenizer.Encode("rawe"));
        without.EndIds.ShouldBe([Tokenizer.EosId!.Value]);
        Should.Throw<InvalidDataException>(() => without.Complete(without.Encode(""), SamplingOptions.Greedy, Options)).Message.ShouldContain("the prompt is empty");
    }

    [Fact]
    public void A_model_without_a_tokenizer_is_refused() =>
        Should.Throw<InvalidDataException>(() => new TextGenerator(Model with { Tokenizer = null }, _device)).Message.ShouldContain("no tokenizer");

    private static SamplingOptions Sampling(int seed) => new() { Temperature = 1.5, TopK = 0, TopP = 1, MinP = 0, Seed = seed };

    /// <summary>Not half a surrogate pair: UTF-8 of it loses nothing.</summary>
    private static bool IsWhole(string piece) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece)) == piece;
}
