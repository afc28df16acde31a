namespace Puna.Models.Tests;

public class InitializationTests
{
    private static readonly LlamaConfig Config = LlamaConfig.Create(128, 352, 3, 4, 2, 512, 64) with { InitializerRange = 0.03 };

    [Fact]
    public void Matrices_are_normal_with_the_given_deviation_and_residual_ones_with_less()
    {
        foreach (var parameter in TinyLlama.Network(Config).Parameters.Where(parameter => parameter.Tensor.Shape.Rank == 2))
        {
            var residual = parameter.Name.EndsWith("o_proj.weight") || parameter.Name.EndsWith("down_proj.weight");
            var expected = residual ? 0.03 / Math.Sqrt(6) : 0.03;
            var values = parameter.Tensor.Span<float>().ToArray();
            Math.Sqrt(values.Average(value => (double)value * value)).ShouldBe(expected, 0.03 * expected, parameter.Name);
            Math.Abs(values.Average(value => (double)value)).ShouldBeLessThan(5 * expected / Math.Sqrt(values.Length), parameter.Name);
            // of a normal distribution, 31.7 % lies beyond one deviation
            (values.Count(value => Math.Abs(value) > expected) / (double)values.Length).ShouldBe(0.317, 0.02, parameter.Name);
        }
    }

    [Fact]
    public void Norms_begin_with_one() =>
        TinyLlama.Network(Config).Parameters.Where(parameter => parameter.Tensor.Shape.Rank == 1)
            .ShouldAllBe(parameter => parameter.Tensor.Span<float>().ToArray().All(value => value == 1));

    [Fact]
    public void The_seed_decides_every_weight()
    {
        var weights = TinyLlama.Weights(TinyLlama.Network(Config, 5));
        TinyLlama.Weights(TinyLlama.Network(Config, 5)).ShouldBe(weights);
        TinyLlama.Weights(TinyLlama.Network(Config, 6)).Zip(weights).Count(pair => pair.First == pair.Second).ShouldBeLessThan(weights.Length / 100);
    }

    [Fact]
    public void No_two_matrices_begin_alike()
    {
        var firsts = TinyLlama.Network(Config).Parameters.Where(parameter => parameter.Tensor.Shape.Rank == 2).Select(parameter => parameter.Tensor.Span<float>()[0]).ToArray();
        firsts.Distinct().Count().ShouldBe(firsts.Length);
    }

    [Fact]
    public void A_fresh_network_guesses_evenly()
    {
        using var forward = new Forwarder();
        var rows = TokenRows.FromWindows(TinyLlama.Ids(257, vocabulary: 512), 64);
        var network = TinyLlama.Network(Config with { InitializerRange = 0.02 });
        (forward.SumLoss(network, rows) / rows.LabelCount).ShouldBe(Math.Log(512), 0.15);
    }

    [Fact]
    public void Only_matrices_decay() =>
        TinyLlama.Network().Parameters.ShouldAllBe(parameter => parameter.IsDecayed == !parameter.Name.EndsWith("norm.weight"));

    [Fact]
    public void An_inconsistent_shape_is_refused_before_memory_is_taken()
    {
        Should.Throw<InvalidDataException>(() => new Transformer(Config with { KeyValueHeadCount = 3 })).Message.ShouldContain("num_attention_heads 4 must be a multiple of num_key_value_heads 3");
        Should.Throw<InvalidDataException>(() => new Transformer(Config with { HeadSize = 7 })).Message.ShouldContain("head_dim 7");
        Should.Throw<InvalidDataException>(() => new Transformer(Config with { VocabularySize = 0 })).Message.ShouldContain("vocab_size 0");
        Should.Throw<InvalidDataException>(() => LlamaConfig.Create(100, 200, 1, 3, 3, 10, 10)).Message.ShouldContain("3 must divide hidden_size 100");
    }
}
