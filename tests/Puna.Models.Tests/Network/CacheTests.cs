using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>A cache saves work and changes nothing.</summary>
public class CacheTests
{
    private const double Tolerance = 2e-5;

    [Theory]
    [InlineData(4)]
    [InlineData(2)]
    [InlineData(1)]
    public void Token_by_token_with_a_cache_gives_the_logits_of_the_whole_at_every_position(int keyValueHeads)
    {
        using var forward = new Forwarder(2);
        var network = TinyLlama.Network(TinyLlama.Config(4, keyValueHeads));
        var ids = TinyLlama.Ids(40);
        var whole = forward.Logits(network, ids);
        var cache = new KvCache(network.Config, 40);
        for (var t = 0; t < ids.Length; t++)
            Forwarder.Largest(forward.Logits(network, [ids[t]], cache: cache)[0], whole[t]).ShouldBeLessThan(Tolerance, $"position {t}");
    }

    [Theory]
    [InlineData(1, 39)]
    [InlineData(7, 33)]
    [InlineData(16, 17, 7)]
    [InlineData(2, 3, 35)]
    public void A_prompt_may_be_fed_in_chunks_of_any_size(params int[] chunks)
    {
        using var forward = new Forwarder(2);
        var network = TinyLlama.Network();
        var ids = TinyLlama.Ids(40);
        var whole = forward.Logits(network, ids);
        var cache = new KvCache(network.Config, 64);
        foreach (var chunk in chunks)
        {
            var start = cache.Length;
            var part = forward.Logits(network, ids[start..(start + chunk)], cache: cache);
            for (var t = 0; t < chunk; t++) Forwarder.Largest(part[t], whole[start + t]).ShouldBeLessThan(Tolerance);
        }
        cache.Length.ShouldBe(40);
    }

    [Fact]
    public void A_truncated_cache_goes_on_as_if_the_rest_had_never_been()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        var ids = TinyLlama.Ids(20);
        var cache = new KvCache(network.Config, 32);
        forward.Logits(network, [.. ids[..8], .. TinyLlama.Ids(20, 99)], cache: cache);
        cache.Truncate(8);
        var rest = forward.Logits(network, ids[8..], cache: cache);
        var whole = forward.Logits(network, ids);
        for (var t = 8; t < 20; t++) Forwarder.Largest(rest[t - 8], whole[t]).ShouldBeLessThan(Tolerance);
    }

    [Fact]
    public void A_full_cache_says_how_much_it_holds_and_stays_as_it_was()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        var cache = new KvCache(network.Config, 10);
        forward.Logits(network, TinyLlama.Ids(8), cache: cache);
        var message = Should.Throw<InvalidOperationException>(() => forward.Logits(network, TinyLlama.Ids(3), cache: cache)).Message;
        message.ShouldContain("10 positions");
        message.ShouldContain("8 are filled and 3 more");
        cache.Length.ShouldBe(8);
        Should.Throw<ArgumentOutOfRangeException>(() => cache.Truncate(9));
    }

    [Fact]
    public void The_bytes_of_a_cache_are_known_before_it_is_made()
    {
        var config = TinyLlama.Config();
        new KvCache(config, 33).Bytes.ShouldBe(KvCache.BytesFor(config, 33));
        KvCache.BytesFor(LlamaShapes.All["llama-3.1-8b"], 131072).ShouldBe(32L * 2 * 131072 * 8 * 128 * 4);
    }

    [Fact]
    public void A_cache_is_refused_for_a_batch_and_for_training()
    {
        using var forward = new Forwarder();
        var network = TinyLlama.Network();
        Should.Throw<ArgumentException>(() => forward.Logits(network, TinyLlama.Ids(6), batch: 2, cache: new KvCache(network.Config, 10)));
        using var device = new CpuDevice(1);
        using var arena = new Arena();
        var tape = new Tape(device, arena) { Recording = true };
        var input = new ForwardInput(new Tensor(DType.Int32, new Shape(2)), GoldenModel.Counting(1, 2), 1) { Cache = new KvCache(network.Config, 10) };
        Should.Throw<ArgumentException>(() => network.Forward(tape, input));
    }
}
