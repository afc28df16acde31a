using System.Text.Json;
using Puna.Text;
using static Puna.Models.ConfigJson;

namespace Puna.Models;

/// <summary>
/// params.json beside Meta's weights. It lacks the inner width, the length of the context and often the vocabulary, so the first and last come from the
/// weights and the length from what is known of the families. Source: meta-llama/llama, llama/model.py, ModelArgs; meta-llama/llama-models.
/// </summary>
internal static class MetaParams
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "params.json";

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="intermediateSize">Rows of w1, over all shards.</param>
    /// <param name="vocabularySize">Rows of the embeddings.</param>
    /// <param name="tied">Whether there is no output projection.</param>
    /// <exception cref="InvalidDataException">Not JSON, or a field missing or wrong.</exception>
    public static LlamaConfig Read(string path, int intermediateSize, int vocabularySize, bool tied)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            var json = document.RootElement;
            if (json.ValueKind != JsonValueKind.Object) throw new InvalidDataException("it is no JSON object");
            var heads = Whole(json, "n_heads");
            var theta = Number(json, "rope_theta", 10_000);
            var epsilon = Number(json, "norm_eps", 1e-5);
            var scaled = Flag(json, "use_scaled_rope");
            return (LlamaConfig.Create(Whole(json, "dim"), intermediateSize, Whole(json, "n_layers"), heads, Whole(json, "n_kv_heads", heads), vocabularySize, Whole(json, "max_seq_len", Context(theta, epsilon, scaled))) with
            {
                RmsNormEpsilon = epsilon,
                RopeTheta = theta,
                RopeScaling = scaled ? new Llama3RopeScaling(Number(json, "rope_scaling_factor", 8), Number(json, "low_freq_factor", 1), Number(json, "high_freq_factor", 4), Whole(json, "original_max_position_embeddings", 8192)) : null,
                TieWordEmbeddings = tied,
            }).Validate();
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes the file.</summary>
    public static void Write(string path, LlamaConfig config) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("dim", config.HiddenSize);
        json.WriteNumber("n_layers", config.LayerCount);
        json.WriteNumber("n_heads", config.HeadCount);
        json.WriteNumber("n_kv_heads", config.KeyValueHeadCount);
        json.WriteNumber("vocab_size", config.VocabularySize);
        json.WriteNumber("multiple_of", MultipleOf(config, out var multiplier));
        json.WriteNumber("ffn_dim_multiplier", multiplier);
        json.WriteNumber("norm_eps", config.RmsNormEpsilon);
        json.WriteNumber("rope_theta", config.RopeTheta);
        json.WriteNumber("max_seq_len", config.ContextLength);
        if (config.RopeScaling is Llama3RopeScaling scaling)
        {
            json.WriteBoolean("use_scaled_rope", true);
            json.WriteNumber("rope_scaling_factor", scaling.Factor);
            json.WriteNumber("low_freq_factor", scaling.LowFrequencyFactor);
            json.WriteNumber("high_freq_factor", scaling.HighFrequencyFactor);
            json.WriteNumber("original_max_position_embeddings", scaling.OriginalContextLength);
        }
        json.WriteEndObject();
    });

    /// <summary>
    /// Meta's code computes the inner width as ⌈m·⌊8C/3⌋ / multiple_of⌉·multiple_of. A multiplier that puts the product just below the width gives it
    /// back, whatever the width: with the largest power of two that divides it.
    /// </summary>
    internal static int MultipleOf(LlamaConfig config, out double multiplier)
    {
        var width = config.IntermediateSize;
        var multiple = Math.Min(256, width & -width);
        multiplier = (width - (multiple / 2.0)) / Math.Floor(8.0 * config.HiddenSize / 3);
        return multiple;
    }

    /// <summary>Positions a family was trained on: Llama 1 has ε 1e-6, Llama 2 1e-5, Code Llama the base 1e6, Llama 3 5e5.</summary>
    private static int Context(double theta, double epsilon, bool scaled) => (theta, scaled) switch
    {
        (_, true) => 131_072,
        (1e6, _) => 16_384,
        (5e5, _) => 8_192,
        _ => epsilon < 5e-6 ? 2_048 : 4_096,
    };
}
