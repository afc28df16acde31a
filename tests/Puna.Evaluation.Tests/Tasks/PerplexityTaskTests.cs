using System.Text;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Evaluation.Tests;

public class PerplexityTaskTests
{
    [Theory]
    [InlineData(5, 512)]
    [InlineData(16, 40)]
    [InlineData(16, 3)]
    [InlineData(0, 512)]
    public void Every_token_but_the_first_is_scored_once_whatever_the_engine_takes_at_once(int window, int batch)
    {
        using var model = new TinyModel();
        using var engine = new SmallBatches(model.Engine, batch);
        string[] texts = [TinyModel.Text, "the cat sat"];
        var figures = model.Run(new PerplexityTask(), new EvaluationSettings(texts) { Window = window }, engine);
        using var device = new CpuDevice(1);
        using var scorer = new ModelScorer(model.Network, device);
        var (nats, hits, count) = (0.0, 0.0, 0L);
        foreach (var text in texts)
        {
            int[] ids = [model.Tokenizer.BosId!.Value, .. model.Tokenizer.Encode(text)];
            var score = scorer.Score(TokenRows.FromWindows(ids, Math.Min(window == 0 ? 64 : window, ids.Length - 1)));
            (nats, hits, count) = (nats + (score.Loss * score.Count), hits + (score.Accuracy * score.Count), count + score.Count);
        }
        figures["loss"].ShouldBe(nats / count, 1e-5);
        figures["perplexity"].ShouldBe(Math.Exp(figures["loss"]), 1e-9);
        figures["accuracy"].ShouldBe(hits / count, 1e-9);
        figures["tokens"].ShouldBe(count);
        figures["bits_per_byte"].ShouldBe(nats / Math.Log(2) / texts.Sum(Encoding.UTF8.GetByteCount), 1e-4);
        engine.Largest.ShouldBeLessThanOrEqualTo(batch);
    }

    [Fact]
    public void Numbers_that_are_none_are_refused()
    {
        using var model = new TinyModel();
        model.Network.TokenEmbeddings.Span<float>()[..].Fill(float.NaN);
        foreach (var task in (IEvaluationTask[])[new PerplexityTask(), new ChunkedPerplexityTask()])
            Should.Throw<InvalidDataException>(() => model.Run(task, new EvaluationSettings([TinyModel.Text]))).Message.ShouldContain("the model computed NaN");
    }
}
