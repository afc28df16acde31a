namespace Puna.Models;

/// <summary>The published Llamas by name: sizes only, nothing is allocated. Sources: the papers' tables and the releases' params.json or config.json.</summary>
public static class LlamaShapes
{
    private static readonly Llama3RopeScaling Scaled8 = new(8, 1, 4, 8192);
    private static readonly Llama3RopeScaling Scaled32 = new(32, 1, 4, 8192);

    /// <summary>Every shape by its name, for example llama-2-7b.</summary>
    public static IReadOnlyDictionary<string, LlamaConfig> All { get; } = new Dictionary<string, LlamaConfig>(StringComparer.OrdinalIgnoreCase)
    {
        ["llama-1-7b"] = Make(4096, 11008, 32, 32, 32, 32000, 2048, epsilon: 1e-6),
        ["llama-1-13b"] = Make(5120, 13824, 40, 40, 40, 32000, 2048, epsilon: 1e-6),
        ["llama-1-33b"] = Make(6656, 17920, 60, 52, 52, 32000, 2048, epsilon: 1e-6),
        ["llama-1-65b"] = Make(8192, 22016, 80, 64, 64, 32000, 2048),
        ["llama-2-7b"] = Make(4096, 11008, 32, 32, 32, 32000, 4096),
        ["llama-2-13b"] = Make(5120, 13824, 40, 40, 40, 32000, 4096),
        ["llama-2-34b"] = Make(8192, 22016, 48, 64, 8, 32000, 4096),
        ["llama-2-70b"] = Make(8192, 28672, 80, 64, 8, 32000, 4096),
        ["code-llama-7b"] = Make(4096, 11008, 32, 32, 32, 32016, 16384, theta: 1e6),
        ["code-llama-13b"] = Make(5120, 13824, 40, 40, 40, 32016, 16384, theta: 1e6),
        ["code-llama-34b"] = Make(8192, 22016, 48, 64, 8, 32000, 16384, theta: 1e6),
        ["code-llama-70b"] = Make(8192, 28672, 80, 64, 8, 32016, 16384, theta: 1e6),
        ["llama-3-8b"] = Make(4096, 14336, 32, 32, 8, 128256, 8192, theta: 5e5),
        ["llama-3-70b"] = Make(8192, 28672, 80, 64, 8, 128256, 8192, theta: 5e5),
        ["llama-3.1-8b"] = Make(4096, 14336, 32, 32, 8, 128256, 131072, theta: 5e5, scaling: Scaled8),
        ["llama-3.1-70b"] = Make(8192, 28672, 80, 64, 8, 128256, 131072, theta: 5e5, scaling: Scaled8),
        ["llama-3.1-405b"] = Make(16384, 53248, 126, 128, 8, 128256, 131072, theta: 5e5, scaling: Scaled8),
        ["llama-3.2-1b"] = Make(2048, 8192, 16, 32, 8, 128256, 131072, theta: 5e5, tied: true, scaling: Scaled32),
        ["llama-3.2-3b"] = Make(3072, 8192, 28, 24, 8, 128256, 131072, theta: 5e5, tied: true, scaling: Scaled32),
        ["tinyllama-1.1b"] = Make(2048, 5632, 22, 32, 4, 32000, 2048),
        ["stories260k"] = Make(64, 172, 5, 8, 4, 512, 512, tied: true),
        ["stories15m"] = Make(288, 768, 6, 6, 6, 32000, 256, tied: true),
        ["stories42m"] = Make(512, 1376, 8, 8, 8, 32000, 1024, tied: true),
        ["stories110m"] = Make(768, 2048, 12, 12, 12, 32000, 1024, tied: true),
    };

    private static LlamaConfig Make(int hidden, int intermediate, int layers, int heads, int keyValueHeads, int vocabulary, int context,
        double theta = 1e4, double epsilon = 1e-5, bool tied = false, RopeScaling? scaling = null) =>
        LlamaConfig.Create(hidden, intermediate, layers, heads, keyValueHeads, vocabulary, context) with
        {
            RopeTheta = theta,
            RmsNormEpsilon = epsilon,
            TieWordEmbeddings = tied,
            RopeScaling = scaling,
        };
}
