namespace Puna.Tensors;

/// <summary>
/// A way to keep a row of numbers in few bits: so many neighbours share a block of bytes, with their scale. Static, so that a kernel written over a format
/// has its sizes and its unpacking compiled in; <see cref="BlockFormat"/> is the same for those who learn the format from a file.
/// Layouts: ggml-org/ggml, src/ggml-common.h (facts only).
/// </summary>
public interface IBlockFormat
{
    /// <summary>The name in files: Q4_0, Q4_K, …</summary>
    static abstract string Name { get; }

    /// <summary>Neighbours along a row that share a block.</summary>
    static abstract int ElementsPerBlock { get; }

    /// <summary>Bytes of a block.</summary>
    static abstract int BytesPerBlock { get; }

    /// <summary>The numbers of one block, exactly as ggml computes them.</summary>
    /// <param name="block"><see cref="BytesPerBlock"/> bytes.</param>
    /// <param name="values">Receives <see cref="ElementsPerBlock"/> numbers.</param>
    static abstract void Dequantize(ReadOnlySpan<byte> block, Span<float> values);
}

/// <summary>A format that this build also writes.</summary>
public interface IBlockQuantizer : IBlockFormat
{
    /// <summary>Packs one block; a function of its arguments alone.</summary>
    /// <param name="values"><see cref="IBlockFormat.ElementsPerBlock"/> finite numbers.</param>
    /// <param name="importance">How much the square of each number's error counts, ≥ 0; empty where nothing is known.</param>
    /// <param name="block">Receives <see cref="IBlockFormat.BytesPerBlock"/> bytes.</param>
    static abstract void Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> block);
}
