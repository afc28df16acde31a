using Puna.Models;

namespace Puna.Inference;

/// <summary>How a model is sampled where nobody says otherwise.</summary>
public static class SamplingDefaults
{
    /// <summary>As the model's makers want it (generation_config.json), else the values of <see cref="SamplingOptions"/>.</summary>
    public static SamplingOptions Of(GenerationConfig? makers)
    {
        var defaults = new SamplingOptions();
        return defaults with
        {
            Temperature = makers?.Temperature ?? defaults.Temperature,
            TopK = makers?.TopK ?? defaults.TopK,
            TopP = makers?.TopP ?? defaults.TopP,
            RepetitionPenalty = makers?.RepetitionPenalty ?? defaults.RepetitionPenalty,
        };
    }
}
