using Puna.Inference;
using Puna.Tensors;

namespace Puna.Tests.Inference;

/// <summary>The steps that the golden file lacks, against their formulas written down plainly.</summary>
public class SamplerStepTests
{
    [Theory]
    [InlineData(0.8, 0.5, 1)]
    [InlineData(1, 2, 0.5)]
    [InlineData(0.3, 0.5, 3)]
    public void Dynamic_temperature_follows_the_entropy(double value, double range, double exponent)
    {
        for (var seed = 0ul; seed < 20; seed++)
        {
            var logits = Row(40, seed, 0.2 + seed / 4.0);
            var p = Softmax(logits);
            var share = -p.Sum(x => x * Math.Log(x)) / Math.Log(p.Length);
            var temperature = Math.Max(0, value - range) + (value + range - Math.Max(0, value - range)) * Math.Pow(share, exponent);
            var expected = Softmax([.. logits.Select(l => l / temperature)]);
            var found = After(new DynamicTemperature(value, range, exponent), logits);
            for (var i = 0; i < p.Length; i++) found[i].ShouldBe(expected[i], 1e-12);
        }
        After(new DynamicTemperature(value, range, exponent), [5]).ShouldBe([1]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.3, 1)]
    [InlineData(2.5, 1)]
    [InlineData(0.01, 7)]
    public void Top_n_sigma_keeps_what_is_near_the_best_logit(double n, int minimum)
    {
        for (var seed = 0ul; seed < 20; seed++)
        {
            var logits = Row(200, seed, 2);
            var mean = logits.Average();
            var sigma = Math.Sqrt(logits.Average(l => (l - mean) * (l - mean)));
            var near = logits.Count(l => l >= logits.Max() - n * sigma);
            Kept(After(new TopNSigma(n, minimum), logits)).ShouldBe(Best(logits, Math.Max(near, minimum)));
        }
        Kept(After(new TopNSigma(-1), [1, 2, 3])).ShouldBe([0, 1, 2]);
        Kept(After(new TopNSigma(1), [4, 4, 4])).ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Top_n_sigma_passes_over_what_another_step_has_ruled_out()
    {
        var candidates = Loaded([3, 2, 0, 1]);
        candidates.SetLogit(3, double.NegativeInfinity);
        new TopNSigma(1).Apply(candidates, new SamplingHistory());
        candidates.Kept.ToArray().Select(c => c.Id).Order().ShouldBe([0, 1]); // σ of 3, 2, 0 is 1.25
    }

    [Fact]
    public void Xtc_leaves_the_least_of_the_top_choices()
    {
        for (var seed = 0ul; seed < 30; seed++)
        {
            var logits = Row(50, seed, 1.5);
            var p = Softmax(logits);
            foreach (var threshold in (double[])[0.02, 0.1, 0.4])
            {
                var choices = p.Count(x => x >= threshold);
                var dropped = Best(logits, Math.Max(0, choices - 1));
                Kept(After(new Xtc(1, threshold, seed), logits)).ShouldBe(Enumerable.Range(0, 50).Except(dropped));
                Kept(After(new Xtc(0, threshold, seed), logits)).Length.ShouldBe(50);
                Kept(After(new Xtc(1, threshold, seed, minimumKept: 50), logits)).Length.ShouldBe(50);
            }
            Kept(After(new Xtc(1, 0.51, seed), logits)).Length.ShouldBe(50);
        }
    }

    [Fact]
    public void Xtc_acts_as_often_as_it_says_and_says_the_same_twice()
    {
        var (step, history, acted) = (new Xtc(0.3, 0.1, 7), new SamplingHistory(), 0);
        for (var i = 0; i < 5000; i++)
        {
            var counts = Enumerable.Range(0, 2).Select(_ =>
            {
                var candidates = Loaded([1, 1, 1, -2]);
                step.Apply(candidates, history);
                return candidates.Count;
            }).ToArray();
            counts[0].ShouldBe(counts[1]);
            if (counts[0] == 2) acted++;
            history.Add(1);
        }
        acted.ShouldBeInRange(1500 - 165, 1500 + 165); // five standard deviations
    }

    [Fact]
    public void Mirostat_drops_what_surprises_more_than_mu_and_learns_from_the_draw()
    {
        var (step, mu, chainRandom) = (new Mirostat(2, 0.1), 4.0, new CounterRandom(1));
        for (var i = 0ul; i < 200; i++)
        {
            var logits = Row(100, i, 1);
            var p = Softmax(logits);
            var candidates = Loaded(logits);
            step.Mu.ShouldBe(mu, 1e-9);
            step.Apply(candidates, new SamplingHistory());
            candidates.Normalise();
            candidates.Kept.ToArray().Select(c => c.Id).Order().ShouldBe(Best(logits, Math.Max(1, p.Count(x => -Math.Log2(x) <= mu))));
            var drawn = candidates.Find(TokenDraw.Pick(candidates, chainRandom.NextDouble()));
            step.Drawn(drawn);
            mu -= 0.1 * (-Math.Log2(drawn.Probability) - 2);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3.5)]
    public void Mirostat_holds_the_surprise_near_its_target(double target)
    {
        var logits = Enumerable.Range(0, 2000).Select(i => (float)-Math.Log(i + 1)).ToArray();
        var chain = new SamplerChain(new SamplingOptions { Temperature = 1, Mirostat = 2, MirostatTau = target, Seed = 3 });
        var sum = 0.0;
        for (var i = 0; i < 4000; i++)
        {
            var kept = chain.Distribution(logits).Kept.ToArray();
            var drawn = chain.Sample(logits);
            if (i >= 500) sum += -Math.Log2(kept.Single(c => c.Id == drawn).Probability);
        }
        (sum / 3500).ShouldBe(target, 0.15);
    }

    [Fact]
    public void Dry_takes_off_what_the_formula_says()
    {
        var penalised = 0;
        for (var seed = 0ul; seed < 300; seed++)
        {
            var random = new CounterRandom(seed, 5);
            var history = new SamplingHistory();
            for (var i = random.Next(40); i > 0; i--) history.Add(random.Next(3));
            var (allowed, window) = (1 + random.Next(3), random.Next(2) == 0 ? -1 : random.Next(30));
            var step = new Dry(0.7, 1.5, allowed, window);
            var expected = new double[5];
            var text = history.Last(window).ToArray();
            for (var token = 0; token < 5; token++)
            {
                var longest = 0;
                for (var end = 0; end < text.Length; end++) // text[end] == token, and before it stands what stands at the end
                    for (var n = 1; n <= end && text[end] == token && text.AsSpan((end - n)..end).SequenceEqual(text.AsSpan(^n..)); n++) longest = Math.Max(longest, n);
                if (longest >= allowed) expected[token] = -0.7 * Math.Pow(1.5, longest - allowed);
                if (longest >= allowed) penalised++;
            }
            var byId = Loaded([0, 0, 0, 0, 0]);
            step.Apply(byId, history);
            byId.Kept.ToArray().OrderBy(c => c.Id).Select(c => c.Logit).ShouldBe(expected, 1e-12);
            var ranked = Loaded([0, 0, 0, 0, 0]);
            ranked.Rank(5);
            ranked.KeepBest(4);
            step.Apply(ranked, history);
            ranked.Kept.ToArray().OrderBy(c => c.Id).Select(c => c.Logit).ShouldBe(expected[..4], 1e-12);
        }
        penalised.ShouldBeGreaterThan(100, "or this test tests nothing");
    }

    [Fact]
    public void Dry_of_an_endless_repetition_stays_finite()
    {
        var history = new SamplingHistory();
        for (var i = 0; i < 10_000; i++) history.Add(1);
        var candidates = Loaded([0, 0]);
        new Dry(1, 100).Apply(candidates, history);
        candidates.Normalise();
        double.IsFinite(candidates.Find(1).Logit).ShouldBeTrue();
        candidates.Find(0).Probability.ShouldBe(1);
    }

    [Fact]
    public void A_logit_bias_adds_and_bans()
    {
        var step = new LogitBias(new Dictionary<int, double> { [0] = 1.5, [2] = double.NegativeInfinity, [3] = -1 });
        var expected = Softmax([2.5, 2, 2]);
        After(step, [1, 2, 9, 3]).ShouldBe([expected[0], expected[1], 0, expected[2]], 1e-12);
        var ranked = Loaded([1, 2, 9, 3]);
        ranked.KeepBest(3);
        step.Apply(ranked, new SamplingHistory());
        ranked.Kept.ToArray().Select(c => (c.Id, c.Logit)).ShouldBe([(3, 2.0), (1, 2.0)], ignoreOrder: true);
        Should.Throw<InvalidDataException>(() => After(step, [1, 2, 3])).Message.ShouldContain("names token 3, and the vocabulary has 3 tokens");
        Should.Throw<InvalidDataException>(() => After(new LogitBias(new Dictionary<int, double> { [0] = double.NegativeInfinity }), [1])).Message.ShouldContain("bans every token");
    }

    private static double[] After(ISamplerStep step, double[] logits)
    {
        var candidates = Loaded(logits);
        step.Apply(candidates, new SamplingHistory());
        candidates.Normalise();
        var found = new double[logits.Length];
        foreach (var candidate in candidates.Kept) found[candidate.Id] = candidate.Probability;
        return found;
    }

    private static Candidates Loaded(double[] logits)
    {
        var candidates = new Candidates();
        candidates.Load<double>(logits);
        return candidates;
    }

    private static int[] Kept(double[] probabilities) => [.. Enumerable.Range(0, probabilities.Length).Where(i => probabilities[i] > 0)];

    private static int[] Best(double[] logits, int count) => [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).Take(count).Order()];

    private static double[] Softmax(double[] logits)
    {
        var weights = logits.Select(l => Math.Exp(l - logits.Max())).ToArray();
        return [.. weights.Select(w => w / weights.Sum())];
    }

    private static double[] Row(int size, ulong seed, double spread)
    {
        var random = new CounterRandom(seed);
        return [.. Enumerable.Range(0, size).Select(_ => spread * random.NextNormal())];
    }
}
