namespace Puna.Models;

/// <summary>
/// A kind of GGUF file: the type of most matrices, and for the K kinds which tensors get more bits. Which these are is llama.cpp's choice
/// (ggml-org/llama.cpp, src/llama-quant.cpp; facts only): files of one name are then of one size and quality, whoever wrote them.
/// </summary>
/// <param name="Name">As users write it: Q4_K_M.</param>
/// <param name="FileType">general.file_type.</param>
/// <param name="Base">The type of matrices that no rule names.</param>
public sealed record GgufMix(string Name, int FileType, string Base)
{
    /// <summary>Every kind that this build writes.</summary>
    public static IReadOnlyList<GgufMix> All { get; } =
    [
        new("F32", 0, "F32"), new("F16", 1, "F16"), new("BF16", 32, "BF16"), new("Q8_0", 7, "Q8_0"),
        new("Q4_0", 2, "Q4_0"), new("Q4_1", 3, "Q4_1"), new("Q5_0", 8, "Q5_0"), new("Q5_1", 9, "Q5_1"),
        new("Q2_K", 10, "Q2_K"), new("Q3_K_S", 11, "Q3_K"), new("Q3_K_M", 12, "Q3_K"), new("Q3_K_L", 13, "Q3_K"),
        new("Q4_K_S", 14, "Q4_K"), new("Q4_K_M", 15, "Q4_K"), new("Q5_K_S", 16, "Q5_K"), new("Q5_K_M", 17, "Q5_K"), new("Q6_K", 18, "Q6_K"),
    ];

    /// <summary>The kind of a name, in any case; Q3_K, Q4_K and Q5_K mean the M of each.</summary>
    /// <exception cref="InvalidDataException">There is none; the sentence lists those there are.</exception>
    public static GgufMix ByName(string name)
    {
        var wanted = name.ToUpperInvariant() is "Q3_K" or "Q4_K" or "Q5_K" ? name + "_M" : name;
        return All.FirstOrDefault(mix => mix.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new InvalidDataException($"'{name}' is no type of GGUF file that this build writes; it writes {string.Join(", ", All.Select(mix => mix.Name))}");
    }

    /// <summary>The name of a general.file_type; null where it is none of <see cref="All"/>.</summary>
    public static string? NameOf(long fileType) => All.FirstOrDefault(mix => mix.FileType == fileType)?.Name;

    /// <summary>Whether every matrix has the type <see cref="Base"/>, the output too.</summary>
    public bool IsPure { get; init; }

    /// <summary>Whether matrices become blocks.</summary>
    public bool IsQuantized => Base is not ("F32" or "F16" or "BF16");

    /// <summary>The type that a tensor is to have, before its row length is looked at. Vectors stay F32.</summary>
    /// <param name="name">GGUF's name.</param>
    /// <param name="config">Layers, heads, and whether the embeddings are the output too.</param>
    public string TypeOf(string name, LlamaConfig config)
    {
        if (name == GgufNames.RopeFactors || name.EndsWith("_norm.weight", StringComparison.Ordinal)) return "F32";
        if (!IsQuantized || IsPure) return Base;
        if (name == GgufNames.Output || (name == GgufNames.Embeddings && config.TieWordEmbeddings)) return Base == "Q8_0" ? "Q8_0" : "Q6_K";
        return GgufNames.SplitBlock(name) is var (layer, part) ? OfLayer(part, layer, config) : Base;
    }

    private string OfLayer(string part, int layer, LlamaConfig config)
    {
        var layers = config.LayerCount;
        return (Name, part) switch
        {
            ("Q2_K", "attn_v.weight") => Widened(config.HeadCount / config.KeyValueHeadCount >= 4 ? "Q4_K" : "Q3_K", config),
            ("Q2_K", "attn_output.weight" or "ffn_down.weight") => "Q3_K",
            ("Q3_K_S", "attn_v.weight") => Widened(Base, config),
            ("Q3_K_M", "attn_v.weight") => layer < 2 ? "Q5_K" : Widened("Q4_K", config),
            ("Q3_K_M", "attn_output.weight") => "Q4_K",
            ("Q3_K_M", "ffn_down.weight") => layer < layers / 16 ? "Q5_K" : "Q4_K",
            ("Q3_K_L", "attn_v.weight" or "attn_output.weight" or "ffn_down.weight") => "Q5_K",
            ("Q4_K_S", "attn_v.weight") => layer < 4 ? "Q5_K" : Widened("Q4_K", config),
            ("Q4_K_S", "ffn_down.weight") when layer < layers / 8 => "Q5_K",
            ("Q4_K_M" or "Q5_K_M", "attn_v.weight" or "ffn_down.weight") when UsesMoreBits(layer, layers) => "Q6_K",
            ("Q4_K_M", "attn_v.weight") => Widened(Base, config),
            _ => Base,
        };
    }

    /// <summary>The first and the last eighth of the layers and every third between them.</summary>
    private static bool UsesMoreBits(int layer, int layers) => layer < layers / 8 || layer >= 7 * layers / 8 || (layer - (layers / 8)) % 3 == 2;

    /// <summary>Where eight heads share a small value matrix, as in Llama 2 and 3 70B, it costs little to keep it better.</summary>
    private static string Widened(string type, LlamaConfig config) =>
        config.LayerCount == 80 && config.HeadCount != config.KeyValueHeadCount && type is ("Q3_K" or "Q4_K") ? "Q5_K" : type;
}
