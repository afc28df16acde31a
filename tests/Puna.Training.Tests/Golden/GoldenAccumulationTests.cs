using Puna.Tensors;

namespace Puna.Training.Tests;

/// <summary>Three micro-batches of 25, 16 and 5 label tokens are one batch of 46, not three means.</summary>
public class GoldenAccumulationTests
{
    [SkippableTheory]
    [InlineData(Precision.Float32, 1e-5, 1e-5, 5e-5, 5e-4, 1e-6)]
    [InlineData(Precision.BFloat16, 0.05, 0.03, 0.12, 0.04, 1e-3)]
    public void Loss_gradients_and_the_step_are_those_of_all_labels_together(Precision precision, double loss, double norm, double gradient, double largest, double mean)
    {
        using var golden = new GoldenTraining("b_gradient_accumulation");
        using var device = new CpuDevice(2);
        using var trainer = golden.Trainer(device, precision);
        var result = trainer.Advance();
        result.LabelTokens.ShouldBe(46);
        result.Loss.ShouldBe(golden.Number("loss"), loss);
        Math.Abs(result.Loss - golden.Number("wrong_mean_of_micro_batch_means")).ShouldBeGreaterThan(0.1);
        result.GradientNorm.ShouldBe(golden.Number("grad_norm"), norm * golden.Number("grad_norm"));
        foreach (var parameter in trainer.Network.Parameters)
        {
            GoldenModel.RelativeL2(GoldenModel.ToDouble(parameter.Tensor.Gradient!), golden.Values($"grad.{parameter.Name}")).ShouldBeLessThan(gradient, parameter.Name);
            var (actual, expected) = (GoldenModel.ToDouble(parameter.Tensor), golden.Values($"after_step_1.{parameter.Name}"));
            GoldenModel.LargestDifference(actual, expected).ShouldBeLessThan(largest, parameter.Name);
            actual.Zip(expected, (a, b) => Math.Abs(a - b)).Average().ShouldBeLessThan(mean, parameter.Name);
        }
    }
}
