using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The measurement of the product gives figures that belong together; how high they are is not judged.</summary>
public class ProductProbeTests
{
    public static TheoryData<string> TierNames => Tiers.Names;

    [SkippableTheory]
    [MemberData(nameof(TierNames))]
    public void The_product_is_measured_with_its_packing_apart(string tier)
    {
        Tiers.SkipWhereLacking(tier);
        var chosen = KernelTier.Choose(tier);
        var speed = ProductProbe.Measure(chosen, 2, 64, 96, 128, TimeSpan.FromMilliseconds(20));
        (speed.M, speed.N, speed.K).ShouldBe((64, 96, 128));
        double.IsFinite(speed.Flops).ShouldBeTrue();
        speed.FlopsWithPacking.ShouldBeInRange(1, speed.Flops);
        (speed.PackingSeconds > 0).ShouldBe(chosen.HasBFloat16);
    }
}
