namespace Puna.Models.Tests;

/// <summary>What a GPT-2 may see, what its cache keeps, and how it begins.</summary>
public class Gpt2NetworkTests
{
    private const double Tolerance = 2e-5;

    [Fact]
    public void Changing_token_t_changes_no_logit_before_t_and_the_logits_from_t_on()
    {
        using var forward = new Forwarder(2);
        var network = TinyGpt2.Network();
        var ids = TinyLlama.Ids(16);
        var before = forward.Logits(network, ids);
        for (var t = 0; t < ids.Length; t++)
        {
            int[] changed = [.. ids];
            changed[t] = (ids[t] + 1) % TinyLlama.Vocabulary;
            var after = forward.Logits(network, changed);
            for (var s = 0; s < t; s++) after[s].ShouldBe(before[s], $"token {t} was seen at {s}");
            for (var s = t; s < ids.Length; s++) Forwarder.Largest(after[s], before[s]).ShouldBeGreaterThan(0, $"token {t} was not seen at {s}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(24)]
    public void Fed_in_pieces_with_a_cache_it_gives_the_logits_of_the_whole(int piece)
    {
        using var forward = new Forwarder(2);
        var network = TinyGpt2.Network();
        var ids = TinyLlama.Ids(24);
        var whole = forward.Logits(network, ids);
        var cache = new KvCache(network.Config, 24);
        for (var start = 0; start < ids.Length; start += piece)
        {
            var part = forward.Logits(network, ids[start..Math.Min(ids.Length, start + piece)], cache: cache);
            for (var t = 0; t < part.Length; t++) Forwarder.Largest(part[t], whole[start + t]).ShouldBeLessThan(Tolerance, $"position {start + t}");
        }
    }

    [Fact]
    public void The_same_tokens_at_other_positions_give_other_logits()
    {
        using var forward = new Forwarder();
        var network = TinyGpt2.Network();
        var ids = TinyLlama.Ids(6);
        Forwarder.Largest(forward.Logits(network, ids)[0], forward.Logits(network, ids, positions: [3, 4, 5, 6, 7, 8])[0]).ShouldBeGreaterThan(1e-3);
    }

    [Fact]
    public void A_document_in_a_packed_row_sees_itself_alone()
    {
        using var forward = new Forwarder();
        var network = TinyGpt2.Network();
        var ids = TinyLlama.Ids(11);
        var packed = forward.Logits(network, ids, documents: [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], positions: [0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6]);
        var second = forward.Logits(network, ids[4..]);
        for (var t = 0; t < 7; t++) Forwarder.Largest(packed[4 + t], second[t]).ShouldBeLessThan(Tolerance);
    }

    [Fact]
    public void A_position_beyond_its_table_is_refused_with_both_numbers()
    {
        using var forward = new Forwarder();
        var message = Should.Throw<InvalidDataException>(() => forward.Logits(TinyGpt2.Network(TinyGpt2.Config(context: 8)), TinyLlama.Ids(9))).Message;
        message.ShouldContain("position 8");
        message.ShouldContain("8 positions");
    }

    [Fact]
    public void A_cache_is_refused_for_a_batch()
    {
        using var forward = new Forwarder();
        var network = TinyGpt2.Network();
        Should.Throw<ArgumentException>(() => forward.Logits(network, TinyLlama.Ids(6), batch: 2, cache: new KvCache(network.Config, 10)));
    }

    [Fact]
    public void Fresh_weights_are_normal_norms_one_biases_zero_and_residual_projections_smaller()
    {
        var config = TinyGpt2.Config() with { HiddenSize = 64, IntermediateSize = 256, LayerCount = 3, InitializerRange = 0.03 };
        var network = new Gpt2Transformer(config);
        network.Initialize(4);
        foreach (var parameter in network.Parameters)
        {
            var values = parameter.Tensor.Span<float>().ToArray();
            if (parameter.Tensor.Shape.Rank == 1) values.ShouldAllBe(value => value == (parameter.Name.EndsWith("bias") ? 0 : 1), parameter.Name);
            else Math.Sqrt(values.Average(value => (double)value * value)).ShouldBe(parameter.Name.EndsWith("c_proj.weight") ? 0.03 / Math.Sqrt(6) : 0.03, 0.003, parameter.Name);
        }
        network.Parameters.Where(parameter => parameter.IsDecayed).ShouldAllBe(parameter => parameter.Name.EndsWith("weight") && !parameter.Name.Contains("ln_"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_count_of_parameters_is_known_before_they_are_made(bool tied)
    {
        var config = TinyGpt2.Config(tied);
        LanguageNetwork.Create(config).Parameters.Sum(parameter => parameter.Tensor.Count).ShouldBe(config.ParameterCount);
        // the smallest released model
        new Gpt2Config { HiddenSize = 768, IntermediateSize = 3072, LayerCount = 12, HeadCount = 12, VocabularySize = 50257, ContextLength = 1024 }.ParameterCount.ShouldBe(124_439_808);
    }
}
