namespace Puna.Evaluation.Tests;

public class KlDivergenceTaskTests
{
    private const int Size = 12;

    [Fact]
    public void A_model_is_next_to_nothing_away_from_itself()
    {
        using var scratch = new TemporaryFolder();
        using var model = new TinyModel();
        var settings = new EvaluationSettings([TinyModel.Text]) { Window = Size, BaseLogits = scratch["base.kld"] };
        var written = model.Run(new ChunkedPerplexityTask(), settings);
        scratch.Entries.ShouldBe(["base.kld"]);
        new KlDivergenceTask().Window(settings, model.Config).ShouldBe(Size);
        var figures = model.Run(new KlDivergenceTask(), settings with { Texts = [] });
        Math.Abs(figures["kld_mean"]).ShouldBeLessThan(1e-5);
        figures["kld_maximum"].ShouldBeLessThan(1e-3);
        figures["same_top"].ShouldBe(1);
        figures["perplexity"].ShouldBe(written["perplexity"], 1e-9);
        figures["perplexity_error"].ShouldBe(written["perplexity_error"], 1e-9);
        figures["base_perplexity"].ShouldBe(written["perplexity"], 1e-2);
        figures["tokens"].ShouldBe(written["tokens"]);
    }

    [Fact]
    public void From_another_model_it_is_what_a_direct_computation_gives()
    {
        using var scratch = new TemporaryFolder();
        using var model = new TinyModel();
        using var other = new TinyModel(seed: 5);
        var settings = new EvaluationSettings([TinyModel.Text]) { Window = Size, BaseLogits = scratch["base.kld"] };
        model.Run(new ChunkedPerplexityTask(), settings);
        using var engine = new SmallBatches(other.Engine, 30);
        var figures = other.Run(new KlDivergenceTask(), settings, engine);

        List<double> divergences = [], changes = [], losses = [], baseLosses = [];
        var same = 0;
        using (var reader = new BaseLogitsReader(scratch["base.kld"]))
        {
            foreach (var chunk in reader.Tokens.Chunk(Size))
            {
                int[] seen = [model.Tokenizer.BosId!.Value, .. chunk[1..]];
                var (p, q) = (model.LogProbabilities(seen), other.LogProbabilities(seen));
                for (var at = Size / 2; at < Size - 1; at++)
                {
                    divergences.Add(p[at].Zip(q[at], (a, b) => Math.Exp(a) * (a - b)).Sum());
                    var next = chunk[at + 1];
                    changes.Add(Math.Exp(q[at][next]) - Math.Exp(p[at][next]));
                    losses.Add(-q[at][next]);
                    baseLosses.Add(-p[at][next]);
                    if (Array.IndexOf(p[at], p[at].Max()) == Array.IndexOf(q[at], q[at].Max())) same++;
                }
            }
        }
        var n = divergences.Count;
        figures["tokens"].ShouldBe(n);
        figures["kld_mean"].ShouldBe(divergences.Average(), 1e-4);
        figures["kld_mean"].ShouldBeGreaterThan(0.1); // else nothing was compared
        figures["kld_mean_error"].ShouldBe(Error(divergences), 1e-4);
        figures["kld_maximum"].ShouldBe(divergences.Max(), 1e-3);
        figures["kld_minimum"].ShouldBe(divergences.Min(), 1e-3);
        var sorted = divergences.Order().ToArray();
        figures["kld_median"].ShouldBe(n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2] + sorted[(n / 2) - 1]) / 2, 1e-3);
        var at99 = 0.99 * (n - 1);
        figures["kld_p99"].ShouldBe(sorted[(int)at99] + ((at99 - (int)at99) * (sorted[(int)at99 + 1] - sorted[(int)at99])), 1e-3);
        figures["delta_p_mean"].ShouldBe(changes.Average(), 1e-4);
        figures["delta_p_mean_error"].ShouldBe(Error(changes), 1e-4);
        figures["delta_p_rms"].ShouldBe(Math.Sqrt(changes.Average(change => change * change)), 1e-4);
        figures["delta_p_minimum"].ShouldBe(changes.Min(), 1e-4);
        figures["same_top"].ShouldBe(same / (double)n, 1e-9);
        figures["same_top_error"].ShouldBe(Math.Sqrt(same / (double)n * (1 - (same / (double)n)) / (n - 1)), 1e-9);
        figures["perplexity"].ShouldBe(Math.Exp(losses.Average()), 1e-3);
        figures["base_perplexity"].ShouldBe(Math.Exp(baseLosses.Average()), 1e-2);
        figures["log_perplexity_ratio"].ShouldBe(losses.Average() - baseLosses.Average(), 1e-3);
        figures["log_perplexity_ratio_error"].ShouldBe(Error([.. losses.Zip(baseLosses, (a, b) => a - b)]), 1e-3);
        figures["perplexity_difference"].ShouldBe(figures["perplexity"] - figures["base_perplexity"], 1e-9);
        figures["loss_correlation"].ShouldBe(Correlation(losses, baseLosses), 1e-3);
        other.Run(new KlDivergenceTask(), settings with { MostChunks = 2 })["tokens"].ShouldBe(2 * (Size - 1 - (Size / 2)));
    }

    [Fact]
    public void A_base_of_another_vocabulary_or_longer_chunks_is_refused()
    {
        using var scratch = new TemporaryFolder();
        using var model = new TinyModel();
        var settings = new EvaluationSettings([TinyModel.Text]) { Window = 40, BaseLogits = scratch["base.kld"] };
        model.Run(new ChunkedPerplexityTask(), settings);
        using var other = new TinyModel(alphabet: "abc");
        Should.Throw<InvalidDataException>(() => new KlDivergenceTask().Window(settings, other.Config)).Message.ShouldContain("same vocabulary");
        Should.Throw<InvalidDataException>(() => new KlDivergenceTask().Window(settings, model.Config with { ContextLength = 39 })).Message.ShouldContain("chunks of 40 tokens, this model 39 positions");
        Should.Throw<InvalidDataException>(() => new KlDivergenceTask().Window(settings with { BaseLogits = null }, model.Config)).Message.ShouldContain("--kl-divergence-base");
    }

    private static double Error(List<double> values) => Math.Sqrt((values.Average(value => value * value) - Math.Pow(values.Average(), 2)) / (values.Count - 1));

    private static double Correlation(List<double> a, List<double> b) =>
        (a.Zip(b, (x, y) => x * y).Average() - (a.Average() * b.Average())) / ((a.Count - 1) * Error(a) * Error(b));
}
