using Puna.Tensors;

namespace Puna.Inference.Tests;

public sealed class LogProbabilityTests
{
    [Fact]
    public void They_are_the_logarithm_of_the_softmax_and_the_best_come_first()
    {
        float[] logits = [1, 3, -2, 3, 0.5f];
        var sum = logits.Sum(logit => Math.Exp(logit));
        var token = TokenLogProbability.Of(logits, 4, 3);
        token.Token.ShouldBe(4);
        token.LogProbability.ShouldBe(Math.Log(Math.Exp(0.5) / sum), 1e-12);
        token.Alternatives.Select(other => other.Token).ShouldBe([1, 3, 0]);
        token.Alternatives[2].LogProbability.ShouldBe(1 - Math.Log(sum), 1e-12);
        TokenLogProbability.Of(logits, 0, 0).Alternatives.ShouldBeEmpty();
        var all = TokenLogProbability.Of(logits, 0, 100).Alternatives;
        all.Sum(other => Math.Exp(other.LogProbability)).ShouldBe(1, 1e-12);
        TokenLogProbability.Of([3e38f, -3e38f], 0, 1).LogProbability.ShouldBe(0);
    }

    [Fact]
    public void They_are_the_models_own_whatever_the_sampler_does()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        var sampling = new SamplingOptions { Temperature = 3, TopK = 5, TopP = 0.5, RepetitionPenalty = 2, Seed = 1 };
        var prompt = TinyLlama.Ids(8);
        int[] ids = [.. generator.Generate(prompt, new SamplerChain(sampling), new GenerationOptions { MaxOutputTokens = 10, StopIds = [-1], LogProbabilities = 4 })];
        var noted = generator.LogProbabilities.ToArray();
        noted.Select(token => token.Token).ShouldBe(ids);
        for (var i = 0; i < ids.Length; i++)
        {
            var expected = TokenLogProbability.Of(generator.Logits([.. prompt, .. ids[..i]]), ids[i], 4);
            noted[i].LogProbability.ShouldBe(expected.LogProbability, 1e-5);
            noted[i].Alternatives.Select(other => other.Token).ShouldBe(expected.Alternatives.Select(other => other.Token));
        }
        generator.Generate(prompt, new SamplerChain(sampling), new GenerationOptions { MaxOutputTokens = 3, StopIds = [-1] }).Count().ShouldBe(3);
        generator.LogProbabilities.ShouldBeEmpty();
    }

    [Fact]
    public void A_stop_id_has_none()
    {
        using var device = new CpuDevice(1);
        using var generator = new Generator(TinyLlama.Network(), device);
        int[] whole = [.. generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { MaxOutputTokens = 20, StopIds = [-1] })];
        var stop = whole[Array.FindIndex(whole, id => id != whole[0])];
        int[] cut = [.. generator.Generate(TinyLlama.Ids(10), new SamplerChain(SamplingOptions.Greedy), new GenerationOptions { StopIds = [stop], LogProbabilities = 0 })];
        generator.LogProbabilities.Select(token => token.Token).ShouldBe(cut);
    }
}
