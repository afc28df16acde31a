using Puna.Tensors;

namespace Puna.Models.Tests;

/// <summary>The checkpoints of the golden folder: logits, hidden states, loss, gradients and greedy ids at the README's tolerances.</summary>
public class GoldenModelTests
{
    public static TheoryData<string> Names =>
    [
        "a_llama2_mha", "b_llama3_gqa", "c_mqa_tied", "d_llama31_rope_scaling", "e_linear_rope_scaling", "f_code_llama_theta_1e6",
        "g_head_dim", "h_packed", "i_bf16", "j_sharded", "l_transformers_v5_config_f16",
    ];

    [SkippableTheory, MemberData(nameof(Names))]
    public void Logits_and_hidden_states_agree(string name)
    {
        using var golden = new GoldenModel(name);
        var states = new List<Tensor>();
        var hidden = golden.Network.Forward(golden.Tape, golden.Input with { HiddenStates = states });
        var logits = GoldenModel.ToDouble(golden.Network.Logits(golden.Tape, hidden));
        GoldenModel.LargestDifference(logits, golden.Values("logits")).ShouldBeLessThan(1e-4);
        GoldenModel.RelativeL2(logits, golden.Values("logits")).ShouldBeLessThan(1e-5);
        for (var i = 0; i < states.Count; i++)
            GoldenModel.LargestDifference(GoldenModel.ToDouble(states[i]), golden.Values($"hidden_states.{i}")).ShouldBeLessThan(1e-4, $"layer {i}");
        states.Count.ShouldBe(golden.Network.Config.LayerCount + 1);
        GoldenModel.LargestDifference(GoldenModel.ToDouble(hidden), golden.Values("hidden_states.norm")).ShouldBeLessThan(1e-4);
    }

    [SkippableTheory, MemberData(nameof(Names))]
    public void Loss_and_every_gradient_agree(string name)
    {
        using var golden = new GoldenModel(name);
        CheckGradients(golden, 1e-5, 5e-5);
    }

    [SkippableTheory, MemberData(nameof(Names))]
    public void In_double_precision_loss_and_logits_agree_to_the_digits_of_the_file(string name)
    {
        using var golden = new GoldenModel(name, DType.Float64);
        var hidden = golden.Network.Forward(golden.Tape, golden.Input);
        GoldenModel.LargestDifference(GoldenModel.ToDouble(golden.Network.Logits(golden.Tape, hidden)), golden.Values("logits")).ShouldBeLessThan(1e-10);
    }

    [SkippableTheory, MemberData(nameof(Names))]
    public void With_bf16_products_everything_stays_within_the_bf16_tolerances(string name)
    {
        using var golden = new GoldenModel(name, precision: Precision.BFloat16);
        var hidden = golden.Network.Forward(golden.Tape, golden.Input);
        var logits = GoldenModel.ToDouble(golden.Network.Logits(golden.Tape, hidden));
        GoldenModel.LargestDifference(logits, golden.Values("logits")).ShouldBeInRange(1e-4, 0.6, "rounding must be felt, but not too much");
        GoldenModel.RelativeL2(logits, golden.Values("logits")).ShouldBeLessThan(0.04);
        CheckGradients(golden, 0.03, 0.12);
    }

    [SkippableTheory, MemberData(nameof(Names))]
    public void Rotary_frequencies_agree(string name)
    {
        using var golden = new GoldenModel(name);
        var expected = golden.Values("rope_inverse_frequencies");
        for (var i = 0; i < expected.Length; i++) golden.Network.InverseFrequencies[i].ShouldBe(expected[i], 1e-12 * expected[i]);
    }

    [SkippableTheory, MemberData(nameof(Names))]
    public void Greedy_decoding_with_a_cache_gives_the_golden_ids(string name)
    {
        using var golden = new GoldenModel(name);
        var expected = golden.Expected.Read("greedy_ids", DType.Int32);
        for (var b = 0; b < expected.Shape[0]; b++)
        {
            var row = expected.Span<int>().Slice(b * 24, 24).ToArray();
            var cache = new KvCache(golden.Network.Config, 24);
            var ids = row[..8].ToList();
            var next = ids.ToArray();
            while (ids.Count < 24)
            {
                ids.Add(Greedy(golden, next, cache));
                next = [ids[^1]];
            }
            ids.ShouldBe(row);
        }
    }

    private static int Greedy(GoldenModel golden, int[] next, KvCache cache)
    {
        golden.Tape.Reset();
        var ids = new Tensor(DType.Int32, new Shape(next.Length));
        var positions = new Tensor(DType.Int32, new Shape(next.Length));
        for (var i = 0; i < next.Length; i++) (ids.Span<int>()[i], positions.Span<int>()[i]) = (next[i], cache.Length + i);
        var hidden = golden.Network.Forward(golden.Tape, new ForwardInput(ids, positions, 1) { Cache = cache });
        var logits = golden.Network.Logits(golden.Tape, hidden.Rows(next.Length - 1, 1)).Span<float>();
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best]) best = i;
        }
        return best;
    }

    private static void CheckGradients(GoldenModel golden, double lossTolerance, double gradientTolerance)
    {
        golden.Tape.Reset();
        golden.Tape.Recording = true;
        var hidden = golden.Network.Forward(golden.Tape, golden.Input);
        var result = golden.Network.Loss(golden.Tape, hidden, golden.Labels);
        GoldenModel.ToDouble(result.Loss)[0].ShouldBe(golden.Values("loss")[0], lossTolerance);
        golden.Tape.Backward(result.Loss);
        foreach (var parameter in golden.Network.Parameters)
        {
            var error = GoldenModel.RelativeL2(GoldenModel.ToDouble(parameter.Tensor.Gradient!), golden.Values($"grad.{parameter.Name}"));
            error.ShouldBeLessThan(gradientTolerance, parameter.Name);
        }
    }
}
