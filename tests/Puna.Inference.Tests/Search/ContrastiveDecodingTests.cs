using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

public sealed class ContrastiveDecodingTests : IDisposable
{
    private static readonly GenerationOptions Limits = new() { StopIds = [-1], MaxOutputTokens = 14 };
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(0.6, 4)]
    [InlineData(0.3, 6)]
    [InlineData(1, 3)]
    public void It_takes_what_the_formula_takes(double alpha, int k)
    {
        using var engine = new NetworkEngine(TinyLlama.Network(), _device);
        using var decoding = new ContrastiveDecoding(alpha, k);
        using var generator = new Generator(engine) { Decoding = decoding };
        for (var seed = 1ul; seed <= 3; seed++)
        {
            var prompt = TinyLlama.Ids(6, seed);
            var found = Run(generator, prompt);
            found.ShouldBe(ByFormula(engine, prompt, alpha, k));
            Run(generator, prompt).ShouldBe(found);
        }
        using var plain = new Generator(TinyLlama.Network(), _device);
        Run(plain, TinyLlama.Ids(6, 1)).ShouldNotBe(ByFormula(engine, TinyLlama.Ids(6, 1), alpha, k), "or nothing is tested");
    }

    [Fact]
    public void With_alpha_0_or_one_candidate_it_is_greedy()
    {
        using var engine = new NetworkEngine(TinyLlama.Network(), _device);
        using var plain = new Generator(engine);
        var expected = Run(plain, TinyLlama.Ids(9));
        foreach (var (alpha, k) in new[] { (0.0, 5), (0.9, 1) })
        {
            using var decoding = new ContrastiveDecoding(alpha, k);
            using var generator = new Generator(engine) { Decoding = decoding };
            Run(generator, TinyLlama.Ids(9)).ShouldBe(expected);
        }
    }

    [Fact]
    public void An_engine_that_cannot_project_gives_the_same()
    {
        using var able = new NetworkEngine(TinyLlama.Network(), _device);
        using var unable = new NoProjection(new NetworkEngine(TinyLlama.Network(), _device));
        using var decoding = new ContrastiveDecoding();
        using Generator first = new(able) { Decoding = decoding }, second = new(unable) { Decoding = decoding };
        Run(second, TinyLlama.Ids(7)).ShouldBe(Run(first, TinyLlama.Ids(7)));
    }

    [Fact]
    public void Forks_are_given_back_and_the_sequence_goes_on_where_the_text_is()
    {
        using var engine = new NetworkEngine(TinyLlama.Network(), _device);
        long one;
        using (engine.CreateSequence()) one = engine.Memory.Cache;
        using var decoding = new ContrastiveDecoding();
        using var generator = new Generator(engine) { Decoding = decoding };
        var text = Run(generator, TinyLlama.Ids(7));
        engine.Memory.Cache.ShouldBe(one);
        generator.Decoding = Decoding.Plain;
        using var fresh = new Generator(TinyLlama.Network(), _device);
        int[] longer = [.. TinyLlama.Ids(7), .. text, 3];
        Run(generator, longer).ShouldBe(Run(fresh, longer));
        generator.Statistics.CachedTokens.ShouldBe(21);
    }

    [Fact]
    public void It_fills_the_context_and_stops_at_a_stop_id()
    {
        using var engine = new NetworkEngine(TinyLlama.Network(), _device);
        using var decoding = new ContrastiveDecoding();
        using var generator = new Generator(engine) { Decoding = decoding };
        var whole = generator.Generate(TinyLlama.Ids(50), new SamplerChain(SamplingOptions.Greedy), Limits with { MaxOutputTokens = null }).ToArray();
        whole.Length.ShouldBe(14);
        generator.Generate(TinyLlama.Ids(50), new SamplerChain(SamplingOptions.Greedy), Limits with { StopIds = [whole[5]] }).ShouldBe(whole[..Array.IndexOf(whole, whole[5])]);
        Should.Throw<ArgumentOutOfRangeException>(() => new ContrastiveDecoding(1.1));
        Should.Throw<ArgumentOutOfRangeException>(() => new ContrastiveDecoding(0.5, 0));
    }

    private static int[] Run(Generator generator, int[] prompt) => [.. generator.Generate(prompt, new SamplerChain(SamplingOptions.Greedy), Limits)];

    private static int[] ByFormula(NetworkEngine engine, int[] prompt, double alpha, int k)
    {
        var ids = prompt.ToList();
        for (var step = 0; step < Limits.MaxOutputTokens; step++)
        {
            var logits = Rows(engine, [.. ids], BatchOutput.LastLogits)[0];
            var sum = logits.Sum(logit => Math.Exp(logit));
            var next = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).Take(k).MaxBy(token =>
            {
                var hidden = Rows(engine, [.. ids, token], BatchOutput.Hidden);
                return ((1 - alpha) * Math.Exp(logits[token]) / sum) - (alpha * hidden[..^1].Max(past => Cosine(past, hidden[^1])));
            });
            ids.Add(next);
        }
        return [.. ids[prompt.Length..]];
    }

    private static float[][] Rows(NetworkEngine engine, int[] ids, BatchOutput output)
    {
        using var sequence = engine.CreateSequence();
        using var batch = new InferenceBatch();
        batch.Add(sequence, ids, output);
        engine.Run(batch);
        return [.. Enumerable.Range(0, batch.OutputRows).Select(row => batch.Row(row).ToArray())];
    }

    private static double Cosine(float[] a, float[] b)
    {
        double Dot(float[] x, float[] y) => x.Zip(y, (p, q) => (double)p * q).Sum();
        return Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
    }

    private sealed class NoProjection(InferenceEngine inner) : InferenceEngine
    {
        public override IModelConfig Config => inner.Config;

        public override int ContextLength => inner.ContextLength;

        public override EngineMemory Memory => inner.Memory;

        public override EngineSequence CreateSequence() => inner.CreateSequence();

        public override void Run(InferenceBatch batch) => inner.Run(batch);

        protected override void Dispose(bool disposing) => inner.Dispose();
    }
}
