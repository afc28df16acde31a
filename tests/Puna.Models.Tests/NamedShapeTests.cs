namespace Puna.Models.Tests;

/// <summary>The published parameter counts (PAPERS section 1), computed without allocating anything.</summary>
public class NamedShapeTests
{
    [Theory]
    [InlineData("llama-1-7b", 6_738_415_616)]
    [InlineData("llama-1-13b", 13_015_864_320)]
    [InlineData("llama-1-33b", 32_528_943_616)]
    [InlineData("llama-1-65b", 65_285_660_672)]
    [InlineData("llama-2-7b", 6_738_415_616)]
    [InlineData("llama-2-13b", 13_015_864_320)]
    [InlineData("llama-2-34b", 33_743_970_304)]
    [InlineData("llama-2-70b", 68_976_648_192)]
    [InlineData("code-llama-7b", 6_738_546_688)]
    [InlineData("code-llama-13b", 13_016_028_160)]
    [InlineData("code-llama-34b", 33_743_970_304)]
    [InlineData("code-llama-70b", 68_976_910_336)]
    [InlineData("llama-3-8b", 8_030_261_248)]
    [InlineData("llama-3-70b", 70_553_706_496)]
    [InlineData("llama-3.1-8b", 8_030_261_248)]
    [InlineData("llama-3.1-70b", 70_553_706_496)]
    [InlineData("llama-3.1-405b", 405_853_388_800)]
    [InlineData("llama-3.2-1b", 1_235_814_400)]
    [InlineData("llama-3.2-3b", 3_212_749_824)]
    [InlineData("tinyllama-1.1b", 1_100_048_384)]
    [InlineData("stories260k", 260_032)]
    [InlineData("stories15m", 15_191_712)]
    [InlineData("stories42m", 41_689_600)]
    [InlineData("stories110m", 109_529_856)]
    public void The_parameter_count_is_the_published_one(string name, long parameters) =>
        LlamaShapes.All[name].ParameterCount.ShouldBe(parameters);

    [Fact]
    public void Every_named_shape_is_consistent_and_has_a_published_count_here()
    {
        foreach (var config in LlamaShapes.All.Values) config.Validate();
        LlamaShapes.All.Count.ShouldBe(24);
    }

    [Fact]
    public void The_count_is_what_a_network_really_has()
    {
        var config = LlamaShapes.All["stories260k"];
        new Transformer(config).Parameters.Sum(parameter => parameter.Tensor.Count).ShouldBe(config.ParameterCount);
        var untied = config with { TieWordEmbeddings = false };
        new Transformer(untied).Parameters.Sum(parameter => parameter.Tensor.Count).ShouldBe(untied.ParameterCount);
    }
}
