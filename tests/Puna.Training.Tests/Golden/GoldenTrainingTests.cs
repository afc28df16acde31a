using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Training.Tests;

/// <summary>AdamW trajectories of the golden folder, ten steps each, at the README's tolerances.</summary>
public class GoldenTrainingTests
{
    public static TheoryData<string> Names => ["a_adamw_eps1e-5", "a_adamw_eps1e-8", "a_adamw_some_steps_clipped", "b_adamw_eps1e-5", "b_adamw_eps1e-8"];

    private sealed record Tolerances(Precision Precision, double Loss, double Norm, double Largest, double Mean, double Moments);

    private static readonly Tolerances Single = new(Precision.Float32, 1e-5, 1e-5, 5e-4, 1e-6, 5e-5);
    private static readonly Tolerances Brain = new(Precision.BFloat16, 0.05, 0.03, 0.04, 1e-3, 0.2);

    [SkippableTheory, MemberData(nameof(Names))]
    public void Losses_norms_rates_parameters_and_moments_agree(string name) => Check(name, Single);

    [SkippableTheory, MemberData(nameof(Names))]
    public void With_bf16_products_they_stay_within_the_bf16_tolerances(string name) => Check(name, Brain);

    private static void Check(string name, Tolerances tolerance)
    {
        using var golden = new GoldenTraining(name);
        using var device = new CpuDevice(2);
        using var trainer = golden.Trainer(device, tolerance.Precision);
        for (var step = 0; step < golden.Steps; step++)
        {
            var result = trainer.Advance();
            result.Step.ShouldBe(step + 1);
            result.Loss.ShouldBe(golden.Curve("loss")[step], tolerance.Loss, $"loss of step {step + 1}");
            result.GradientNorm.ShouldBe(golden.Curve("grad_norm")[step], tolerance.Norm * golden.Curve("grad_norm")[step], $"norm of step {step + 1}");
            result.LearningRate.ShouldBe(golden.Curve("lr")[step], 1e-12);
            if (step == 0) CheckParameters(golden, trainer, "after_step_1", tolerance);
        }
        CheckParameters(golden, trainer, "final", tolerance);
        for (var i = 0; i < trainer.Network.Parameters.Count; i++)
        {
            var parameter = trainer.Network.Parameters[i].Name;
            GoldenModel.RelativeL2(GoldenModel.ToDouble(trainer.Optimizer.FirstMoments[i]), golden.Values($"exp_avg.{parameter}")).ShouldBeLessThan(tolerance.Moments, parameter);
            GoldenModel.RelativeL2(GoldenModel.ToDouble(trainer.Optimizer.SecondMoments[i]), golden.Values($"exp_avg_sq.{parameter}")).ShouldBeLessThan(2 * tolerance.Moments, parameter);
        }
    }

    private static void CheckParameters(GoldenTraining golden, Trainer trainer, string state, Tolerances tolerance)
    {
        foreach (var parameter in trainer.Network.Parameters)
        {
            var (actual, expected) = (GoldenModel.ToDouble(parameter.Tensor), golden.Values($"{state}.{parameter.Name}"));
            GoldenModel.LargestDifference(actual, expected).ShouldBeLessThan(tolerance.Largest, $"{state} {parameter.Name}");
            actual.Zip(expected, (a, b) => Math.Abs(a - b)).Average().ShouldBeLessThan(tolerance.Mean, $"{state} {parameter.Name}, mean");
        }
    }
}

/// <summary>A case of golden/training and the trainer that should reproduce it.</summary>
internal sealed class GoldenTraining : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly JsonElement _options;

    public GoldenTraining(string name)
    {
        _options = JsonDocument.Parse(File.ReadAllText(SharedData.Shared($"golden/training/{name}.json"))).RootElement;
        _file = new SafetensorsFile(SharedData.Shared($"golden/training/{name}.safetensors"));
    }

    public int Steps => _options.TryGetProperty("steps", out var steps) ? steps.GetInt32() : 1;

    public double Number(string name) => _options.GetProperty(name).GetDouble();

    public double[] Curve(string name) => [.. _options.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];

    public double[] Values(string tensor) => _file.Read(tensor, DType.Float64).ToArray<double>();

    public Trainer Trainer(CpuDevice device, Precision precision)
    {
        var ids = _file.Read("input_ids", DType.Int32);
        var labels = _file.Entries.ContainsKey("labels") ? _file.Read("labels", DType.Int32) : ids;
        var size = (int)(ids.Shape[1] * ids.Shape[2]);
        var batches = Enumerable.Range(0, (int)ids.Shape[0])
            .Select(n => GivenBatches.Batch(ids.Span<int>().Slice(n * size, size), labels.Span<int>().Slice(n * size, size), (int)ids.Shape[2])).ToArray();
        var warmup = _options.TryGetProperty("warmup_steps", out var given) ? given.GetInt32() : 0;
        var betas = Curve("betas");
        return new Trainer(ModelFolder.Load(GoldenModel.FolderOf(Path.GetFileName(_options.GetProperty("model").GetString()!)), requireTokenizer: false).Network, device, new GivenBatches(batches), new TrainerOptions
        {
            Steps = Steps,
            BatchSize = (int)ids.Shape[1],
            GradientAccumulation = Steps == 1 ? batches.Length : 1,
            Precision = precision,
            Optimizer = new AdamWOptions { Beta1 = betas[0], Beta2 = betas[1], Epsilon = Number("eps"), WeightDecay = Number("weight_decay"), MaxGradientNorm = Number("max_grad_norm") },
            Schedule = new LearningRateSchedule(warmup > 0 ? ScheduleShape.Cosine : ScheduleShape.Constant, Number("learning_rate"), warmup, Steps, 0.1),
        });
    }

    public void Dispose() => _file.Dispose();
}
