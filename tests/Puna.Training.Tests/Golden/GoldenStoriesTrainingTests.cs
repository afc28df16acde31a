using System.Text.Json;
using Puna.Models;
using Puna.Tensors;
using Puna.Tests;

namespace Puna.Training.Tests;

/// <summary>A real checkpoint trained on: gradients, and losses and norms of ten steps, as PyTorch computed them in single precision.</summary>
public class GoldenStoriesTrainingTests
{
    [SkippableFact]
    public void Ten_steps_on_stories260K_follow_pytorch()
    {
        var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Shared("data/models/stories260K/golden-training.json"))).RootElement;
        int[] ids = [.. golden.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        using var device = new CpuDevice(2);
        var batch = TokenRows.FromWindows(ids, ids.Length - 1);
        using var trainer = new Trainer(ModelFolder.Load(SharedData.Shared("data/models/stories260K/hf"), requireTokenizer: false).Network, device,
            new GivenBatches([.. Enumerable.Repeat(batch, 11)]), GoldenOptions);
        foreach (var (loss, norm) in Numbers("loss_before_each_step").Zip(Numbers("grad_norm_before_clip")))
        {
            var result = trainer.Advance();
            result.Loss.ShouldBe(loss, 1e-4 * loss, $"step {result.Step}");
            result.GradientNorm.ShouldBe(norm, 1e-3 * norm, $"step {result.Step}");
            if (result.Step == 1) CheckGradients(golden.GetProperty("step0_gradients"), trainer.Network);
        }
        trainer.Advance().Loss.ShouldBe(golden.GetProperty("loss_after_10_steps").GetDouble(), 1e-3);

        IEnumerable<double> Numbers(string name) => golden.GetProperty(name).EnumerateArray().Select(value => value.GetDouble());
    }

    private static TrainerOptions GoldenOptions => new()
    {
        Steps = 11,
        BatchSize = 1,
        Optimizer = new AdamWOptions { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, WeightDecay = 0.1, MaxGradientNorm = 1 },
        Schedule = new LearningRateSchedule(ScheduleShape.Constant, 1e-3, 0, 11, 1),
    };

    private static void CheckGradients(JsonElement expected, LanguageNetwork network)
    {
        foreach (var parameter in network.Parameters)
        {
            var norm = Math.Sqrt(GoldenModel.ToDouble(parameter.Tensor.Gradient!).Sum(g => g * g));
            norm.ShouldBe(expected.GetProperty(MetaName(parameter.Name)).GetProperty("l2").GetDouble(), 2e-5 * norm, parameter.Name);
        }
    }

    private static string MetaName(string name) => name.Replace("model.embed_tokens.weight", "tok_embeddings").Replace("model.", "").Replace(".weight", "")
        .Replace("input_layernorm", "attention_norm").Replace("post_attention_layernorm", "ffn_norm")
        .Replace("self_attn.q_proj", "wq").Replace("self_attn.k_proj", "wk").Replace("self_attn.v_proj", "wv").Replace("self_attn.o_proj", "wo")
        .Replace("mlp.gate_proj", "w1").Replace("mlp.down_proj", "w2").Replace("mlp.up_proj", "w3");
}
