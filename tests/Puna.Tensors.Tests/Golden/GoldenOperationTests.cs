using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Every file of tests/golden/ops, forward and every gradient, at the tolerances of the golden README.</summary>
public class GoldenOperationTests
{
    private const double DoubleTolerance = 1e-12;
    private const double SingleTolerance = 3e-6;
    private const double BFloat16Tolerance = 2e-2;

    public static IEnumerable<string> Files => Directory.EnumerateFiles(SharedData.Golden("ops"), "*.safetensors").Select(path => Path.GetFileNameWithoutExtension(path)!).Order();

    public static TheoryData<string> Cases => [.. Files];

    public static TheoryData<string, string> CasesAndTiers
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var tier in KernelTier.All)
                foreach (var file in Files) data.Add(file, tier.Name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Double_precision_agrees_with_the_reference_to_twelve_digits(string name) => Compare(name, DType.Float64, "portable", (actual, expected, what) =>
        Numbers.Largest(actual, expected).ShouldBeLessThanOrEqualTo(DoubleTolerance, what));

    [SkippableTheory]
    [MemberData(nameof(CasesAndTiers))]
    public void Single_precision_agrees_on_every_tier(string name, string tier)
    {
        Tiers.SkipWhereLacking(tier);
        Compare(name, DType.Float32, tier, (actual, expected, what) => Numbers.RelativeL2(actual, expected).ShouldBeLessThanOrEqualTo(SingleTolerance, what));
    }

    [SkippableTheory]
    [MemberData(nameof(CasesAndTiers))]
    public void Products_of_bf16_agree_on_every_tier_as_far_as_bf16_can(string name, string tier)
    {
        Tiers.SkipWhereLacking(tier);
        Compare(name, DType.Float32, tier, (actual, expected, what) => Numbers.RelativeL2(actual, expected).ShouldBeLessThanOrEqualTo(BFloat16Tolerance, what), Precision.BFloat16);
    }

    [Fact]
    public void All_golden_operations_are_there() => Files.Count().ShouldBe(23);

    private static void Compare(string name, DType type, string tier, Action<double[], double[], string> check, Precision precision = Precision.Float32)
    {
        var file = new SafetensorsFile(SharedData.Golden($"ops/{name}.safetensors"));
        using var bench = new Bench(type, tier);
        bench.Tape.Precision = precision;
        var golden = new GoldenOperations(file, bench);
        var y = golden.Run(name);
        check(Bench.Read(y), golden.Values("y"), "y");

        var fused = name == "linear_cross_entropy";
        if (!fused) y.Gradient = bench.Constant(golden.Values("dy"), y.Shape);
        bench.Tape.Backward(fused ? y : null);
        file.Names.Count(n => n != "dy" && n.StartsWith('d')).ShouldBe(golden.Inputs.Count, "every gradient of the file is compared");
        foreach (var (input, tensor) in golden.Inputs)
            check([.. Bench.Read(tensor.Gradient.ShouldNotBeNull()).Select(g => g * golden.FusedScale)], golden.Values("d" + input), "d" + input);
    }
}
