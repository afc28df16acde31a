using System.Text.Json;
using Puna.Tensors;

namespace Puna.Tests.Tensors;

/// <summary>Blocks as ggml reads and writes them: the golden blocks bit for bit, and 512 values that ggml itself quantised.</summary>
public class GoldenBlockTests
{
    private static readonly string[] Exact = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"];

    public static TheoryData<string> Names => ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K", "IQ4_NL", "IQ4_XS"];

    public static TheoryData<string> Simple => [.. Exact];

    public static TheoryData<string> SuperBlocks => ["Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"];

    [SkippableTheory, MemberData(nameof(Names))]
    public void Golden_blocks_become_the_golden_values(string name)
    {
        var golden = Golden(name);
        var format = BlockFormat.ByName(name);
        golden.Shape("blocks")[1].ShouldBe(format.BytesPerBlock);
        golden.Shape("values")[1].ShouldBe(format.ElementsPerBlock);
        var values = new float[golden.Shape("values")[0] * format.ElementsPerBlock];
        format.Dequantize(golden.Bytes("blocks"), values);
        Same(values, golden.Singles("values"));
    }

    [SkippableTheory, MemberData(nameof(Simple))]
    public void Golden_inputs_become_the_golden_bytes(string name)
    {
        var golden = Golden(name);
        var format = BlockFormat.ByName(name);
        var input = golden.Singles("quantize.input");
        var blocks = new byte[format.RowBytes(input.Length)];
        format.Quantize(input, blocks);
        blocks.ShouldBe(golden.Bytes("quantize.blocks"));
        var values = new float[input.Length];
        format.Dequantize(blocks, values);
        Same(values, golden.Singles("quantize.dequantized"));
    }

    [SkippableTheory, MemberData(nameof(Names))]
    public void What_ggml_quantised_is_read_exactly(string name)
    {
        Skip.If(name == "Q8_K", "the file has no Q8_K");
        var (_, type) = Measured(name);
        var format = BlockFormat.ByName(name);
        var values = new float[512];
        format.Dequantize(Convert.FromHexString(type.GetProperty("bytes_hex").GetString()!), values);
        values.ShouldBe(type.GetProperty("dequantized").EnumerateArray().Select(value => value.GetSingle()));
    }

    [SkippableTheory, MemberData(nameof(Simple))]
    public void What_ggml_quantised_gets_the_same_bytes(string name)
    {
        var (x, type) = Measured(name);
        var format = BlockFormat.ByName(name);
        var blocks = new byte[format.RowBytes(512)];
        format.Quantize(x, blocks);
        Convert.ToHexStringLower(blocks).ShouldBe(type.GetProperty("bytes_hex").GetString());
    }

    [SkippableTheory, MemberData(nameof(SuperBlocks))]
    public void Searched_blocks_are_no_worse_than_ggmls(string name)
    {
        var (x, type) = Measured(name);
        var format = BlockFormat.ByName(name);
        var (ours, theirs) = (new float[512], new float[512]);
        var blocks = new byte[format.RowBytes(512)];
        format.Quantize(x, blocks);
        format.Dequantize(blocks, ours);
        format.Dequantize(Convert.FromHexString(type.GetProperty("bytes_hex").GetString()!), theirs);
        SearchQualityTests.Error(x, ours).ShouldBeLessThanOrEqualTo(SearchQualityTests.Error(x, theirs) * 1.05); // not what either search minimises
        SearchQualityTests.Error(x, ours, v => Math.Abs(v)).ShouldBeLessThanOrEqualTo(SearchQualityTests.Error(x, theirs, v => Math.Abs(v)) * 1.01);
    }

    private static SafetensorsFile Golden(string name) => new(SharedData.Shared($"golden/ggml/{name}.safetensors"));

    private static (float[] X, JsonElement Type) Measured(string name)
    {
        var json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Shared("data/golden/ggml-quants.json"))).RootElement;
        return ([.. json.GetProperty("x").EnumerateArray().Select(value => value.GetSingle())], json.GetProperty("types").GetProperty(name));
    }

    private static void Same(float[] actual, float[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (var i = 0; i < actual.Length; i++)
            BitConverter.SingleToInt32Bits(actual[i]).ShouldBe(BitConverter.SingleToInt32Bits(expected[i]), $"value {i}: {actual[i]} and not {expected[i]}");
    }
}
