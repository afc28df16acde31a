namespace Puna.Models.Tests;

/// <summary>Which tensor of which layer gets which type: llama.cpp's mixes, worked out by hand from its rules for a shape of 32 layers and one of 80.</summary>
public class GgufMixTests
{
    private static readonly LlamaConfig Llama7 = LlamaShapes.All["llama-2-7b"], Llama8 = LlamaShapes.All["llama-3-8b"], Llama70 = LlamaShapes.All["llama-2-70b"];

    /// <summary>Layers of 32 where Q4_K_M and Q5_K_M use more bits: the first 4, the last 4, and every third between.</summary>
    private static readonly int[] More = [0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31];

    [Theory]
    [InlineData("Q4_K_M", "Q4_K", "Q6_K")]
    [InlineData("Q5_K_M", "Q5_K", "Q6_K")]
    public void Medium_mixes_widen_values_and_down_in_half_the_layers(string name, string usual, string wide)
    {
        var mix = GgufMix.ByName(name);
        for (var layer = 0; layer < 32; layer++)
        {
            foreach (var part in (string[])["attn_v", "ffn_down"]) mix.TypeOf($"blk.{layer}.{part}.weight", Llama7).ShouldBe(More.Contains(layer) ? wide : usual, $"{part} {layer}");
            foreach (var part in (string[])["attn_q", "attn_k", "attn_output", "ffn_gate", "ffn_up"]) mix.TypeOf($"blk.{layer}.{part}.weight", Llama7).ShouldBe(usual);
        }
        mix.TypeOf("token_embd.weight", Llama7).ShouldBe(usual);
    }

    [Theory]
    [InlineData("Q2_K", 0, "attn_v", "Q3_K")]
    [InlineData("Q2_K", 0, "attn_output", "Q3_K")]
    [InlineData("Q2_K", 31, "ffn_down", "Q3_K")]
    [InlineData("Q2_K", 0, "attn_q", "Q2_K")]
    [InlineData("Q3_K_S", 0, "attn_v", "Q3_K")]
    [InlineData("Q3_K_S", 0, "ffn_down", "Q3_K")]
    [InlineData("Q3_K_M", 1, "attn_v", "Q5_K")]
    [InlineData("Q3_K_M", 2, "attn_v", "Q4_K")]
    [InlineData("Q3_K_M", 9, "attn_output", "Q4_K")]
    [InlineData("Q3_K_M", 1, "ffn_down", "Q5_K")]
    [InlineData("Q3_K_M", 2, "ffn_down", "Q4_K")]
    [InlineData("Q3_K_M", 2, "ffn_up", "Q3_K")]
    [InlineData("Q3_K_L", 31, "attn_v", "Q5_K")]
    [InlineData("Q3_K_L", 31, "attn_output", "Q5_K")]
    [InlineData("Q3_K_L", 31, "ffn_down", "Q5_K")]
    [InlineData("Q3_K_L", 31, "ffn_gate", "Q3_K")]
    [InlineData("Q4_K_S", 3, "attn_v", "Q5_K")]
    [InlineData("Q4_K_S", 4, "attn_v", "Q4_K")]
    [InlineData("Q4_K_S", 3, "ffn_down", "Q5_K")]
    [InlineData("Q4_K_S", 4, "ffn_down", "Q4_K")]
    [InlineData("Q5_K_S", 0, "ffn_down", "Q5_K")]
    [InlineData("Q6_K", 0, "attn_v", "Q6_K")]
    [InlineData("Q4_0", 0, "ffn_down", "Q4_0")]
    [InlineData("Q8_0", 0, "ffn_down", "Q8_0")]
    public void Small_and_large_mixes_of_32_layers(string name, int layer, string part, string expected) => GgufMix.ByName(name).TypeOf($"blk.{layer}.{part}.weight", Llama7).ShouldBe(expected);

    [Theory]
    [InlineData("Q2_K", 5, "Q4_K")]
    [InlineData("Q3_K_S", 5, "Q3_K")]
    public void Four_heads_to_a_value_matrix_widen_it_in_Q2_K(string name, int layer, string expected) => GgufMix.ByName(name).TypeOf($"blk.{layer}.attn_v.weight", Llama8).ShouldBe(expected);

    [Theory]
    [InlineData("Q2_K", 40, "Q5_K")]
    [InlineData("Q3_K_S", 40, "Q5_K")]
    [InlineData("Q3_K_M", 40, "Q5_K")]
    [InlineData("Q4_K_S", 40, "Q5_K")]
    [InlineData("Q4_K_M", 41, "Q5_K")]
    [InlineData("Q4_K_M", 0, "Q6_K")]
    [InlineData("Q5_K_M", 41, "Q5_K")]
    public void The_values_of_a_70B_are_kept_better(string name, int layer, string expected) => GgufMix.ByName(name).TypeOf($"blk.{layer}.attn_v.weight", Llama70).ShouldBe(expected);

    [Fact]
    public void Outputs_norms_and_divisors_have_types_of_their_own()
    {
        foreach (var mix in GgufMix.All)
        {
            var output = !mix.IsQuantized ? mix.Base : mix.Name == "Q8_0" ? "Q8_0" : "Q6_K";
            mix.TypeOf("output.weight", Llama7).ShouldBe(output);
            mix.TypeOf("token_embd.weight", Llama7).ShouldBe(mix.Base);
            mix.TypeOf("token_embd.weight", Llama7 with { TieWordEmbeddings = true }).ShouldBe(output);
            foreach (var name in (string[])["output_norm.weight", "blk.3.attn_norm.weight", "blk.3.ffn_norm.weight", "rope_freqs.weight"]) mix.TypeOf(name, Llama7).ShouldBe("F32");
        }
    }

    [Theory]
    [InlineData("Q2_K", 288, "Q4_0")]
    [InlineData("Q3_K", 288, "Q4_0")]
    [InlineData("Q4_K", 288, "Q5_0")]
    [InlineData("Q5_K", 288, "Q5_1")]
    [InlineData("Q6_K", 288, "Q8_0")]
    [InlineData("Q4_K", 512, "Q4_K")]
    [InlineData("Q4_K", 172, "F16")]
    [InlineData("Q8_0", 172, "F16")]
    [InlineData("Q4_0", 96, "Q4_0")]
    [InlineData("BF16", 7, "BF16")]
    public void Rows_that_do_not_divide_fall_back(string wanted, long columns, string used) => GgufFallback.Resolve(wanted, columns).Name.ShouldBe(used);

    [Fact]
    public void Names_are_found_in_any_case_and_unknown_ones_listed()
    {
        GgufMix.ByName("q4_k_m").Name.ShouldBe("Q4_K_M");
        GgufMix.ByName("Q5_K").Name.ShouldBe("Q5_K_M");
        GgufMix.NameOf(18).ShouldBe("Q6_K");
        GgufMix.NameOf(99).ShouldBeNull();
        Should.Throw<InvalidDataException>(() => GgufMix.ByName("Q7_K")).Message.ShouldContain("Q6_K");
    }
}
