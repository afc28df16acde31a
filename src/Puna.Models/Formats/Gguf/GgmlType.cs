using Puna.Tensors;

namespace Puna.Models;

/// <summary>A type of tensors in GGUF files: its number there, its name, and how many elements share how many bytes. Source: ggml-org/ggml, docs/gguf.md and the table of types in src/ggml.c.</summary>
/// <param name="Code">The number in files.</param>
/// <param name="Name">F32, Q4_K, …</param>
/// <param name="ElementsPerBlock">Neighbours along a row that share a block.</param>
/// <param name="BytesPerBlock">Bytes of a block.</param>
public sealed record GgmlType(int Code, string Name, int ElementsPerBlock, int BytesPerBlock)
{
    /// <summary>The types whose sizes this build knows. Not all can be turned into numbers: see <see cref="Format"/>.</summary>
    public static IReadOnlyList<GgmlType> All { get; } =
    [
        new(0, "F32", 1, 4), new(1, "F16", 1, 2), new(2, "Q4_0", 32, 18), new(3, "Q4_1", 32, 20), new(6, "Q5_0", 32, 22), new(7, "Q5_1", 32, 24),
        new(8, "Q8_0", 32, 34), new(9, "Q8_1", 32, 36), new(10, "Q2_K", 256, 84), new(11, "Q3_K", 256, 110), new(12, "Q4_K", 256, 144),
        new(13, "Q5_K", 256, 176), new(14, "Q6_K", 256, 210), new(15, "Q8_K", 256, 292), new(16, "IQ2_XXS", 256, 66), new(17, "IQ2_XS", 256, 74),
        new(18, "IQ3_XXS", 256, 98), new(19, "IQ1_S", 256, 50), new(20, "IQ4_NL", 32, 18), new(21, "IQ3_S", 256, 110), new(22, "IQ2_S", 256, 82),
        new(23, "IQ4_XS", 256, 136), new(24, "I8", 1, 1), new(25, "I16", 1, 2), new(26, "I32", 1, 4), new(27, "I64", 1, 8), new(28, "F64", 1, 8),
        new(29, "IQ1_M", 256, 56), new(30, "BF16", 1, 2), new(34, "TQ1_0", 256, 54), new(35, "TQ2_0", 256, 66), new(39, "MXFP4", 32, 17),
    ];

    /// <summary>How its rows become numbers; null where this build cannot.</summary>
    public BlockFormat? Format { get; } = BlockFormat.All.FirstOrDefault(format => format.Name == Name);

    /// <summary>The type of a number in a file; null where it is not known.</summary>
    public static GgmlType? Find(uint code) => All.FirstOrDefault(type => type.Code == code);

    /// <summary>The type of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static GgmlType ByName(string name) => All.FirstOrDefault(type => type.Name == name) ?? throw new ArgumentException($"no ggml type '{name}'");
}
