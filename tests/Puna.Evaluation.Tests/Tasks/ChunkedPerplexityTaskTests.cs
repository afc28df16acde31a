using System.Text.Json;
using Puna.Inference;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Evaluation.Tests;

public class ChunkedPerplexityTaskTests
{
    [Theory]
    [InlineData(8, true, 512)]
    [InlineData(9, true, 20)]
    [InlineData(16, false, 5)]
    [InlineData(3, true, 512)]
    public void The_second_half_of_each_chunk_is_scored_behind_the_begin_symbol(int size, bool begins, int batch)
    {
        using var model = new TinyModel(begins: begins);
        using var engine = new SmallBatches(model.Engine, batch);
        var figures = model.Run(new ChunkedPerplexityTask(), new EvaluationSettings([TinyModel.Text]) { Window = size }, engine);

        // one line end at the end is left out; the begin symbol stands first, and again in place of each chunk's first token
        var begin = model.Tokenizer.BosId!.Value;
        int[] ids = [.. begins ? [begin] : Array.Empty<int>(), .. model.Tokenizer.Encode(TinyModel.Text.TrimEnd('\n'))];
        var losses = new List<double>();
        foreach (var chunk in ids.Chunk(size).Where(chunk => chunk.Length == size))
        {
            var logs = model.LogProbabilities([begins ? begin : chunk[0], .. chunk[1..]]);
            for (var position = size / 2; position < size - 1; position++) losses.Add(-logs[position][chunk[position + 1]]);
        }
        losses.Count.ShouldBe(ids.Length / size * (size - 1 - (size / 2)));
        figures["tokens"].ShouldBe(losses.Count);
        figures["chunks"].ShouldBe(ids.Length / size);
        figures["window"].ShouldBe(size);
        figures["loss"].ShouldBe(losses.Average(), 1e-5);
        figures["perplexity"].ShouldBe(Math.Exp(losses.Average()), 1e-4);
        var variance = losses.Average(loss => loss * loss) - Math.Pow(losses.Average(), 2);
        figures["perplexity_error"].ShouldBe(Math.Exp(losses.Average()) * Math.Sqrt(variance / (losses.Count - 1)), 1e-4);
    }

    [Fact]
    public void Texts_are_cut_each_by_itself_and_chunks_are_limited()
    {
        using var model = new TinyModel();
        var settings = new EvaluationSettings([TinyModel.Text, TinyModel.Text]) { Window = 10 };
        var one = model.Run(new ChunkedPerplexityTask(), settings with { Texts = [TinyModel.Text] });
        var two = model.Run(new ChunkedPerplexityTask(), settings);
        two["chunks"].ShouldBe(2 * one["chunks"]);
        two["loss"].ShouldBe(one["loss"], 1e-6);
        model.Run(new ChunkedPerplexityTask(), settings with { MostChunks = 3 })["chunks"].ShouldBe(3);
        new ChunkedPerplexityTask().Window(settings with { Window = 0 }, model.Config).ShouldBe(64);
        new ChunkedPerplexityTask().Window(settings with { Window = 0 }, model.Config with { ContextLength = 2048 }).ShouldBe(512);
    }

    [Fact]
    public void What_leaves_nothing_to_score_is_refused()
    {
        using var model = new TinyModel();
        void Refused(EvaluationSettings settings, string words) => Should.Throw<InvalidDataException>(() => model.Run(new ChunkedPerplexityTask(), settings)).Message.ShouldContain(words);
        Refused(new EvaluationSettings(["the cat"]) { Window = 10 }, "less than one chunk of 10");
        Refused(new EvaluationSettings([""]) { Window = 10 }, "has 1 tokens");
        Refused(new EvaluationSettings([TinyModel.Text]) { Window = 2 }, "has none to score");
        Refused(new EvaluationSettings([TinyModel.Text]) { Window = 65 }, "1 to 64 positions");
    }

    /// <summary>tests/golden/llama-perplexity: what llama-perplexity printed and wrote of stories260K in F32, with an F32 cache, chunks of 32.</summary>
    [SkippableFact]
    public void Figures_and_file_are_those_of_llama_perplexity()
    {
        var folder = SharedData.Shared("data/models/stories260K");
        var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Golden("llama-perplexity/golden.json"))).RootElement;
        using var device = new CpuDevice(2);
        var model = ModelFolder.Load(Path.Combine(folder, "hf"), requireTokenizer: false);
        var tokenizer = Text.Tokenizers.Load(Path.Combine(folder, "tok512.model"));
        using var engine = new NetworkEngine(model.Network, device, 32);
        using var scratch = new TemporaryFolder();
        var settings = new EvaluationSettings([File.ReadAllText(SharedData.Golden("llama-perplexity/text.txt"))]) { Window = 32, BaseLogits = scratch["base.kld"] };
        var figures = new ChunkedPerplexityTask().Run(engine, tokenizer, settings).ToDictionary(figure => figure.Name, figure => figure.Value);
        figures["perplexity"].ShouldBe(golden.GetProperty("perplexity").GetDouble(), 2e-4);
        figures["perplexity_error"].ShouldBe(golden.GetProperty("error").GetDouble(), 2e-5);

        using var ours = new BaseLogitsReader(scratch["base.kld"]);
        using var theirs = new BaseLogitsReader(SharedData.Golden("llama-perplexity/base.kld"));
        ours.Header.ShouldBe(theirs.Header);
        ours.Tokens.ShouldBe(theirs.Tokens);
        var (our, their) = (new BaseLogitsRow(ours.Header.VocabularySize), new BaseLogitsRow(ours.Header.VocabularySize));
        for (var row = 0; row < ours.Header.RowsPerChunk * ours.Header.ChunkCount; row++)
        {
            ours.Read(our);
            theirs.Read(their);
            our.Scale.ShouldBe(their.Scale, 1e-4f * their.Scale);
            our.Minimum.ShouldBe(their.Minimum, 1e-4f);
            for (var id = 0; id < our.Codes.Length; id++) Math.Abs(our.Codes[id] - their.Codes[id]).ShouldBeLessThanOrEqualTo(2);
        }

        settings = settings with { BaseLogits = SharedData.Golden("llama-perplexity/base.kld") };
        figures = new KlDivergenceTask().Run(engine, tokenizer, settings).ToDictionary(figure => figure.Name, figure => figure.Value);
        var self = golden.GetProperty("self");
        foreach (var name in (string[])["base_perplexity", "base_perplexity_error"]) figures[name].ShouldBe(self.GetProperty(name).GetDouble(), 2e-6, name); // of the file alone
        foreach (var name in (string[])["perplexity", "perplexity_error"]) figures[name].ShouldBe(self.GetProperty(name).GetDouble(), 2e-4, name);
        foreach (var name in (string[])["kld_mean", "kld_maximum", "kld_minimum"]) figures[name].ShouldBe(self.GetProperty(name).GetDouble(), 1e-5, name);
        figures["same_top"].ShouldBe(1);
    }
}
