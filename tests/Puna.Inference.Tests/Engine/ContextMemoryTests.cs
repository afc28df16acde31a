using Puna.Tensors;

namespace Puna.Inference.Tests;

public sealed class ContextMemoryTests
{
    [Fact]
    public void A_context_that_does_not_fit_is_refused_with_the_numbers_and_the_largest_that_does()
    {
        ContextMemory.Require(1000, 10, 5000, 15_000);
        var message = Should.Throw<InvalidDataException>(() => ContextMemory.Require(1001, 10, 5000, 15_000)).Message;
        foreach (var word in (string[])["1001 positions", "10,010 bytes", "5,000 of the weights", "15,000 bytes of memory", "largest that fits has 1000 positions"]) message.ShouldContain(word);
        Should.Throw<InvalidDataException>(() => ContextMemory.Require(1, 10, 16_000, 15_000)).Message.ShouldContain("no room for any");
        Should.Throw<InvalidDataException>(() => ContextMemory.Require(int.MaxValue, long.MaxValue / 2, 0, 15_000)).Message.ShouldContain("no room");
    }

    [Fact]
    public void An_engine_says_it_before_it_takes_memory()
    {
        using var device = new CpuDevice(1);
        var network = TinyLlama.Network(TinyLlama.Config(context: int.MaxValue - 1));
        var message = Should.Throw<InvalidDataException>(() => new NetworkEngine(network, device)).Message;
        var largest = int.Parse(message.Split("largest that fits has ")[1].Split(' ')[0]);
        largest.ShouldBeInRange(1000, int.MaxValue - 2);
        message.ShouldContain("--context-length");
    }
}
