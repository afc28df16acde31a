using Puna.Models;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>A constraint in a sampler chain and in a generator: only allowed tokens are drawn, whatever happens to the history, and the finish says how the text ended.</summary>
public sealed class ConstraintStepTests : IDisposable
{
    private static readonly OutputGrammar Json = OutputGrammar.FromJsonSchema("""{"type":"object","properties":{"name":{"type":"string","maxLength":12},"n":{"type":"integer","minimum":0,"maximum":99}},"required":["name","n"]}""");
    private readonly CpuDevice _device = new(1);

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Greedy_takes_the_best_of_the_allowed_tokens_and_a_draw_keeps_their_ratios()
    {
        var tokenizer = SmallVocabularies.Get("byte-level");
        var logits = Logits(tokenizer.VocabularySize, 1);
        var constraint = Json.Compile(tokenizer, [tokenizer.EosId!.Value]).Start();
        var allowed = Adversary.Ids(constraint.Allowed);
        new SamplerChain(SamplingOptions.Greedy, constraint: Step(constraint)).Sample(logits).ShouldBe(allowed.MaxBy(id => logits[id]));
        var options = new SamplingOptions { Temperature = 0.7, TopK = 0, TopP = 1, MinP = 0 };
        var drawn = new SamplerChain(options, constraint: Step(constraint)).Distribution(logits).Kept.ToArray();
        drawn.Select(candidate => candidate.Id).Order().ShouldBe(allowed);
        var sum = allowed.Sum(id => Math.Exp(logits[id] / 0.7));
        foreach (var candidate in drawn) candidate.Probability.ShouldBe(Math.Exp(logits[candidate.Id] / 0.7) / sum, 1e-9);

        // as any other step, behind a step that has dropped some
        var chain = new SamplerChain([new TopK(tokenizer.VocabularySize - 1), Step(constraint)], new CounterRandom(1));
        chain.Distribution(logits).Kept.ToArray().ShouldAllBe(candidate => allowed.Contains(candidate.Id));
        var hopeless = new SamplerChain([new TopK(1), Step(constraint)], new CounterRandom(1));
        logits[tokenizer.BosId!.Value] = 100;
        Should.Throw<InvalidDataException>(() => hopeless.Distribution(logits)).Message.ShouldContain("put it first");
    }

    [Fact]
    public void A_history_that_is_cut_or_goes_another_way_is_followed()
    {
        var tokenizer = SmallVocabularies.Get("sentencepiece");
        var compiled = Json.Compile(tokenizer, [tokenizer.EosId!.Value]);
        var prompt = tokenizer.Encode("so it is");
        var chain = new SamplerChain(new SamplingOptions { Temperature = 1, TopK = 0, Seed = 4 }, constraint: new ConstraintStep(compiled.Start(prompt), prompt.Length));
        chain.History.Add(prompt);
        for (var i = 0; i < 12; i++) chain.Sample(Logits(tokenizer.VocabularySize, i));
        var path = chain.History.Tokens.ToArray();
        foreach (var kept in (int[])[10, 3, 7, 0, 12])
        {
            chain.History.Truncate(prompt.Length);
            chain.History.Add(path.AsSpan(prompt.Length, kept));
            var expected = compiled.Start(prompt);
            foreach (var token in path.AsSpan(prompt.Length, kept)) expected.Accept(token);
            chain.Distribution(new float[tokenizer.VocabularySize]).Kept.ToArray().ShouldAllBe(candidate => expected.Allowed.Contains(candidate.Id));
        }
        chain.History.Add(tokenizer.BosId!.Value);
        Should.Throw<InvalidOperationException>(() => chain.Sample(new float[tokenizer.VocabularySize]));
    }

    [Fact]
    public void Where_nothing_is_allowed_the_error_says_so()
    {
        var tokenizer = SmallVocabularies.Get("characters");
        var constraint = OutputGrammar.FromRegex("a").Compile(tokenizer, [tokenizer.EosId!.Value]).Start();
        var chain = new SamplerChain(SamplingOptions.Greedy, constraint: Step(constraint));
        var logits = new float[tokenizer.VocabularySize];
        chain.Sample(logits);
        chain.Sample(logits).ShouldBe(tokenizer.EosId!.Value);
        Should.Throw<InvalidDataException>(() => chain.Sample(logits)).Message.ShouldContain("no token is allowed behind the 2 tokens so far; the text is at its end");
        var small = new SamplerChain(SamplingOptions.Greedy, constraint: Step(OutputGrammar.FromRegex("a").Compile(tokenizer, [tokenizer.EosId!.Value]).Start()));
        Should.Throw<InvalidDataException>(() => small.Sample(new float[3])).Message.ShouldContain("the vocabulary has nothing");
    }

    [Fact]
    public void A_not_finite_logit_of_an_allowed_token_is_reported()
    {
        var tokenizer = SmallVocabularies.Get("characters");
        var chain = new SamplerChain(SamplingOptions.Greedy, constraint: Step(OutputGrammar.FromRegex("[a-z]+").Compile(tokenizer, [tokenizer.EosId!.Value]).Start()));
        var logits = new float[tokenizer.VocabularySize];
        Array.Fill(logits, float.NaN);
        Should.Throw<InvalidDataException>(() => chain.Sample(logits)).Message.ShouldContain("must be a finite number");
    }

    [Theory]
    [InlineData("sentencepiece")]
    [InlineData("byte-level")]
    [InlineData("characters")]
    public void A_model_that_knows_nothing_writes_what_is_asked_for_and_the_finish_says_how_it_ended(string vocabulary)
    {
        var tokenizer = SmallVocabularies.Get(vocabulary);
        var network = TinyLlama.Network(TinyLlama.Config(vocabulary: tokenizer.VocabularySize, context: 160) with { InitializerRange = 0.02, BosTokenId = tokenizer.BosId, EosTokenIds = [tokenizer.EosId!.Value] });
        using var generator = new TextGenerator(new LanguageModel(network, tokenizer, null), _device);
        var (stopped, cut) = (0, 0);
        foreach (var limit in (int[])[4, 12, 100])
        {
            for (var seed = 0; seed < 8; seed++)
            {
                var prompt = seed % 2 == 0 ? generator.Encode("the cat") : [tokenizer.BosId!.Value];
                var text = generator.Complete(prompt, new SamplingOptions { Temperature = seed == 0 ? 0 : 1.2, TopK = 0, Seed = seed }, new GenerationOptions { MaxOutputTokens = limit, Grammar = Json });
                var isWhole = Json.Accepts(text);
                generator.Statistics.FinishReason.ShouldBe(generator.Statistics.GeneratedTokens < limit ? FinishReason.Stop : generator.Statistics.FinishReason);
                if (generator.Statistics.FinishReason == FinishReason.Stop) isWhole.ShouldBeTrue(text);
                else Json.IsPrefix(text.TrimEnd('\uFFFD')).ShouldBeTrue(text);
                if (isWhole) stopped++;
                else cut++;
            }
        }
        stopped.ShouldBeGreaterThan(3);
        cut.ShouldBeGreaterThan(3);
    }

    [Fact]
    public void Sequences_on_several_threads_do_not_disturb_each_other()
    {
        var tokenizer = SmallVocabularies.Get("byte-level");
        Parallel.For(0, 8, seed => new Adversary(Json, tokenizer, new CounterRandom((ulong)seed)).Write(40).Text.ShouldStartWith("{"));
    }

    private static ConstraintStep Step(ITokenConstraint constraint) => new(constraint.Fork(), 0);

    private static float[] Logits(int count, int seed)
    {
        var random = new CounterRandom((ulong)seed, 9);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextNormal())];
    }
}
