using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>The tiers of this build as test data; one that this machine lacks is reported as skipped.</summary>
internal static class Tiers
{
    public static TheoryData<string> Names => [.. KernelTier.All.Select(tier => tier.Name)];

    public static void SkipWhereLacking(string tier) => Skip.IfNot(KernelTier.All.Single(t => t.Name == tier).IsSupported, $"this machine lacks {tier}");
}
