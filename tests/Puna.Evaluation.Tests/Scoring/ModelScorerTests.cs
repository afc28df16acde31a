using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Evaluation.Tests;

public class ModelScorerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(36)]
    [InlineData(60)]
    [InlineData(4096)]
    public void The_score_is_that_of_a_direct_computation_whatever_the_batch(int batchTokens)
    {
        using var device = new CpuDevice(2);
        var network = TinyLlama.Network();
        var rows = TokenRows.FromWindows(TinyLlama.Ids(90), 12); // 8 rows, the last of 5 labels
        using var scorer = new ModelScorer(network, device);
        var score = scorer.Score(rows, batchTokens);
        var (loss, hits) = Direct(network, rows);
        score.Loss.ShouldBe(loss, 1e-6);
        score.Accuracy.ShouldBe(hits / 89.0, 1e-12);
        score.Count.ShouldBe(89);
        score.Perplexity.ShouldBe(Math.Exp(loss), 1e-4);
        scorer.Score(rows, batchTokens).ShouldBe(score);
    }

    [Fact]
    public void Documents_of_a_row_are_scored_as_if_each_stood_alone()
    {
        using var device = new CpuDevice(1);
        var network = TinyLlama.Network();
        int[] first = TinyLlama.Ids(6, 1), second = TinyLlama.Ids(8, 2);
        var packed = new TokenRows(1, 14, hasDocuments: true);
        foreach (var (ids, start, document) in new[] { (first, 0, 0), (second, 6, 1) })
        {
            for (var t = 0; t < ids.Length; t++)
            {
                (packed.Ids[start + t], packed.Positions[start + t], packed.Documents![start + t]) = (ids[t], t, document);
                if (t + 1 < ids.Length) packed.Labels[start + t] = ids[t + 1];
            }
        }
        using var scorer = new ModelScorer(network, device);
        var alone = (scorer.Score(TokenRows.FromWindows(first, 5)).Loss * 5) + (scorer.Score(TokenRows.FromWindows(second, 7)).Loss * 7);
        scorer.Score(packed).Loss.ShouldBe(alone / 12, 1e-5);
    }

    [Fact]
    public void Rows_without_labels_count_nothing_and_rows_without_any_are_refused()
    {
        using var device = new CpuDevice(1);
        using var scorer = new ModelScorer(TinyLlama.Network(), device);
        var rows = TokenRows.FromWindows(TinyLlama.Ids(25), 12);
        var expected = scorer.Score(rows);
        var longer = new TokenRows(9, 12, false);
        rows.Ids.CopyTo(longer.Ids, 0);
        rows.Labels.CopyTo(longer.Labels, 0);
        rows.Positions.CopyTo(longer.Positions, 0);
        var score = scorer.Score(longer, 36);
        score.Loss.ShouldBe(expected.Loss, 1e-6);
        (score.Accuracy, score.Count).ShouldBe((expected.Accuracy, 24));
        Should.Throw<InvalidDataException>(() => scorer.Score(new TokenRows(2, 12, false))).Message.ShouldContain("no token to score");
        Should.Throw<InvalidDataException>(() => scorer.Score(new TokenRows(0, 12, false))).Message.ShouldContain("no token to score");
    }

    [Fact]
    public void A_cancellation_stops_between_batches()
    {
        using var device = new CpuDevice(1);
        using var scorer = new ModelScorer(TinyLlama.Network(), device);
        Should.Throw<OperationCanceledException>(() => scorer.Score(TokenRows.FromWindows(TinyLlama.Ids(25), 12), cancellation: new CancellationToken(true)));
    }

    [SkippableFact]
    public void The_perplexity_of_stories260K_is_pytorchs()
    {
        var folder = SharedData.Shared("data/models/stories260K");
        var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "golden.json"))).RootElement.GetProperty("perplexity");
        var tokenizer = Text.Tokenizers.Load(Path.Combine(folder, "tok512.model"));
        var ids = tokenizer.Encode(File.ReadAllText(SharedData.Shared("data/" + golden.GetProperty("corpus").GetString())));
        ids.Length.ShouldBe(golden.GetProperty("tokens_in_corpus").GetInt32());
        var losses = golden.GetProperty("window_mean_nll").EnumerateArray().Select(loss => loss.GetDouble()).ToArray();
        using var device = new CpuDevice(2);
        using var scorer = new ModelScorer(ModelFolder.Load(Path.Combine(folder, "hf"), requireTokenizer: false).Network, device);
        for (var window = 0; window < losses.Length; window++)
            scorer.Score(TokenRows.FromWindows([1, .. ids[(window * 255)..((window + 1) * 255)]], 255)).Loss.ShouldBe(losses[window], 2e-5);
    }

    private static (double Loss, int Hits) Direct(LanguageNetwork network, TokenRows rows)
    {
        using var forward = new Forwarder();
        var (loss, hits, count) = (0.0, 0, 0);
        for (var row = 0; row < rows.Count; row++)
        {
            var logits = forward.Logits(network, rows.Ids[(row * rows.Length)..((row + 1) * rows.Length)]);
            for (var t = 0; t < rows.Length; t++)
            {
                if (rows.Labels[(row * rows.Length) + t] is var label && label == LogProb.Ignore) continue;
                var largest = logits[t].Max();
                loss += Math.Log(logits[t].Sum(z => Math.Exp((double)z - largest))) + largest - logits[t][label];
                if (Array.IndexOf(logits[t], largest) == label) hits++;
                count++;
            }
        }
        return (loss / count, hits);
    }
}
