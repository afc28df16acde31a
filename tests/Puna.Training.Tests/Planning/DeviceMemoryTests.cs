using Puna.Models;

namespace Puna.Training.Tests.Planning;

public class DeviceMemoryTests
{
    private static readonly LlamaConfig Small = LlamaShapes.All["llama-2-7b"];
    private static readonly LlamaConfig Large = LlamaShapes.All["llama-2-70b"];

    [Fact]
    public void Sixteen_bytes_a_parameter_on_one_device()
    {
        var memory = DeviceMemory.For(Small, 1, 4096, new DeviceLayout(1, Zero: 0));
        (memory.Weights + memory.Gradients + memory.Optimizer).ShouldBe(16.0 * Small.ParameterCount, 1);
        memory.Weights.ShouldBe(2.0 * Small.ParameterCount, 1);
    }

    [Fact]
    public void Each_stage_of_ZeRO_shares_one_part_more()
    {
        var whole = DeviceMemory.For(Small, 1, 4096, new DeviceLayout(64, Zero: 0));
        for (var stage = 1; stage <= 3; stage++)
        {
            var shared = DeviceMemory.For(Small, 1, 4096, new DeviceLayout(64, Zero: stage));
            shared.Optimizer.ShouldBe(whole.Optimizer / 64, 1);
            shared.Gradients.ShouldBe(stage >= 2 ? whole.Gradients / 64 : whole.Gradients, 1);
            shared.Weights.ShouldBe(stage >= 3 ? whole.Weights / 64 : whole.Weights, 1);
            shared.Activations.ShouldBe(whole.Activations);
        }
    }

    [Fact]
    public void A_block_keeps_what_Korthikanti_counts_less_the_masks_of_dropout()
    {
        // Multi-head, feed-forward 8/3 of the width, no dropout: 32 s·b·C where GPT with dropout has 34, and 2 H·s²·b where it has 5.
        var block = LlamaConfig.Create(3072, 8192, 1, 24, 24, 1000, 2048);
        var (s, b, c) = (2048.0, 4, 3072.0);
        DeviceMemory.BlockActivations(block, b, 2048, Recomputation.Selective).ShouldBe(32 * s * b * c);
        DeviceMemory.BlockActivations(block, b, 2048, Recomputation.None).ShouldBe((32 * s * b * c) + (2 * 24 * s * s * b));
        DeviceMemory.BlockActivations(block, b, 2048, Recomputation.Full).ShouldBe(2 * s * b * c);
    }

    [Fact]
    public void Tensor_parallel_divides_all_and_a_pipeline_the_blocks()
    {
        var whole = DeviceMemory.For(Large, 1, 4096, new DeviceLayout(1, Zero: 0));
        var tensor = DeviceMemory.For(Large, 1, 4096, new DeviceLayout(1, TensorParallel: 8, Zero: 0));
        tensor.Total.ShouldBe(whole.Total / 8, 1);
        var pipeline = DeviceMemory.For(Large, 1, 4096, new DeviceLayout(1, PipelineParallel: 8, Zero: 0));
        pipeline.Weights.ShouldBeInRange(whole.Weights / 8, whole.Weights / 7);
        // The first stage holds a sequence for every stage, so a pipeline spares activations nothing but the logits.
        pipeline.Activations.ShouldBe(80 * DeviceMemory.BlockActivations(Large, 1, 4096, Recomputation.Selective), 1);
    }

    [Fact]
    public void Recomputation_spares_memory_and_so_do_copies_that_share()
    {
        double Bytes(Recomputation recomputation) => DeviceMemory.For(Large, 1, 4096, new DeviceLayout(1, 8, Recomputation: recomputation)).Activations;
        Bytes(Recomputation.None).ShouldBeGreaterThan(Bytes(Recomputation.Selective));
        Bytes(Recomputation.Selective).ShouldBeGreaterThan(Bytes(Recomputation.Full));
        DeviceMemory.LeastDevices(Large, 1, 4096, new DeviceLayout(1, Zero: 0), 80e9).ShouldBeNull();
        var least = DeviceMemory.LeastDevices(Large, 1, 4096, new DeviceLayout(1, Zero: 3, Recomputation: Recomputation.Full), 80e9).ShouldNotBeNull();
        least.ShouldBeGreaterThan(1);
        DeviceMemory.For(Large, 1, 4096, new DeviceLayout((int)least, Zero: 3, Recomputation: Recomputation.Full)).Total.ShouldBeLessThanOrEqualTo(80e9);
        DeviceMemory.For(Large, 1, 4096, new DeviceLayout((int)least / 2, Zero: 3, Recomputation: Recomputation.Full)).Total.ShouldBeGreaterThan(80e9);
    }

    [Fact]
    public void Accelerators_are_found_by_name_and_each_peak_says_its_format()
    {
        Accelerator.Find("H100").PeakFlops.ShouldBe(989.4e12);
        foreach (var device in Accelerator.All) device.Peaks[0].Format.ShouldEndWith("dense");
        Should.Throw<InvalidDataException>(() => Accelerator.Find("b200")).Message.ShouldContain("a100, h100, h200, t4 or cpu");
    }
}
