using Puna.Models;

namespace Puna.Training.Tests.Planning;

public class ModelFlopsTests
{
    /// <summary>Llama 1's largest model: 380 tokens a second on an A100 (312 TFLOP/s) at 2,048 positions, and about 4.07e11 operations a token.</summary>
    [Fact]
    public void Llama_1_65B_trains_at_half_of_an_A100()
    {
        var config = LlamaShapes.All["llama-1-65b"];
        ModelFlops.TrainingPerToken(config, 2048).ShouldBe(4.07e11, 0.02e11);
        ModelFlops.Utilization(config, 2048, 380, 312e12).ShouldBe(0.496, 0.004);
    }

    [Fact]
    public void A_tied_table_is_counted_once_and_a_table_that_is_only_looked_up_in_not_at_all()
    {
        var tied = LlamaShapes.All["stories15m"];
        var untied = tied with { TieWordEmbeddings = false };
        ModelFlops.MultipliedParameters(tied).ShouldBe(tied.ParameterCount);
        ModelFlops.MultipliedParameters(untied).ShouldBe(tied.ParameterCount);
        ModelFlops.InferencePerToken(tied, 256).ShouldBe(ModelFlops.TrainingPerToken(tied, 256) / 3);
    }
}
