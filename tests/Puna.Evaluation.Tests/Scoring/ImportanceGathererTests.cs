using Puna.Models;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Evaluation.Tests;

public class ImportanceGathererTests
{
    private const string Text = "in the autumn the cat sat on the mat and the rat ate the oat that the cat had not eaten at all";

    [Fact]
    public void The_first_layers_queries_read_the_normalised_embeddings()
    {
        using var device = new CpuDevice(2);
        var model = Model();
        var matrix = ImportanceGatherer.Gather(model, device, [("a", Text)], chunkSize: 8);
        var network = (Transformer)model.Network;
        var ids = model.Tokenizer!.Encode(Text);
        var (c, chunks) = (network.Config.HiddenSize, ids.Length / 7);
        var expected = new double[c];
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            int[] piece = [network.Config.BosTokenId!.Value, .. ids.AsSpan(chunk * 7, 7)]; // every piece begins with the begin symbol
            foreach (var id in piece)
            {
                var row = network.TokenEmbeddings.Span<float>().Slice(id * c, c).ToArray();
                var rms = Math.Sqrt(row.Average(x => (double)x * x) + ((LlamaConfig)network.Config).RmsNormEpsilon);
                for (var i = 0; i < c; i++) expected[i] += Math.Pow(row[i] / rms, 2);
            }
        }
        (matrix.ChunkCount, matrix.ChunkSize).ShouldBe((chunks, 8));
        var found = matrix.Of("blk.0.attn_q.weight", c);
        for (var i = 0; i < c; i++) found[i].ShouldBe((float)(expected[i] / (chunks * 8)), 1e-4f);
        matrix.Of("blk.0.attn_k.weight", c).ShouldBe(found);
        matrix.Of("blk.0.attn_v.weight", c).ShouldBe(found);
        matrix.Names.Count.ShouldBe(7 * network.Config.LayerCount);
        matrix.Of("blk.1.ffn_down.weight", 48).ShouldAllBe(value => value >= 0);
        matrix.Of("blk.1.ffn_down.weight", 48).Sum().ShouldBeGreaterThan(0);
        matrix.Of("blk.1.attn_output.weight", c).ShouldNotBe(matrix.Of("blk.0.attn_output.weight", c));
    }

    [Fact]
    public void Pieces_are_limited_and_a_short_text_is_refused()
    {
        using var device = new CpuDevice(1);
        var model = Model();
        ImportanceGatherer.Gather(model, device, [("a", Text), ("b", Text)], chunkSize: 8, mostChunks: 3).ChunkCount.ShouldBe(3);
        Should.Throw<InvalidDataException>(() => ImportanceGatherer.Gather(model, device, [("a", "the")], chunkSize: 8)).Message.ShouldContain("less than one piece");
        Should.Throw<InvalidDataException>(() => ImportanceGatherer.Gather(model, device, [("a", Text)], chunkSize: 65)).Message.ShouldContain("1 to 64 positions");
        Should.Throw<InvalidDataException>(() => ImportanceGatherer.Gather(model with { Tokenizer = null }, device, [("a", Text)])).Message.ShouldContain("no tokenizer");
    }

    private static LanguageModel Model()
    {
        var tokenizer = CharacterTokenizerTrainer.Train(Text);
        var config = TinyLlama.Config(vocabulary: tokenizer.VocabularySize) with { BosTokenId = tokenizer.BosId };
        return new LanguageModel(TinyLlama.Network(config), tokenizer, null);
    }
}
