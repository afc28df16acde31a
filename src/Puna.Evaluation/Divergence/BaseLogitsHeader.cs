namespace Puna.Evaluation;

/// <summary>
/// The head of a file of log-probabilities as llama-perplexity writes and reads it (<c>--kl-divergence-base</c>), little-endian: <c>_logits_</c>; N, V and the
/// number of chunks, int32 each; then N ids a chunk, int32; then for each chunk the rows (<see cref="BaseLogitsRow"/>) after its tokens ⌊N/2⌋ … N − 2.
/// Seen in ggml-org/llama.cpp, tools/perplexity/perplexity.cpp.
/// </summary>
/// <param name="ChunkSize">N: tokens of a chunk.</param>
/// <param name="VocabularySize">V.</param>
/// <param name="ChunkCount">Chunks.</param>
public readonly record struct BaseLogitsHeader(int ChunkSize, int VocabularySize, int ChunkCount)
{
    /// <summary>Bytes before the ids.</summary>
    public const int Bytes = 20;

    /// <summary>More tokens or a larger vocabulary than any file has.</summary>
    internal const int MostTokens = 1 << 30, MostVocabulary = 1 << 28;

    /// <summary>The first eight bytes.</summary>
    internal static ReadOnlySpan<byte> Magic => "_logits_"u8;

    /// <summary>Tokens that are scored in a chunk.</summary>
    public int RowsPerChunk => ChunkSize - 1 - (ChunkSize / 2);

    /// <summary>Bytes of the whole file; <see cref="long.MaxValue"/> where they are more.</summary>
    public long FileBytes => (long)UInt128.Min((ulong)long.MaxValue, (uint)Bytes + ((UInt128)(uint)ChunkCount * ((4u * (UInt128)(uint)ChunkSize) + ((UInt128)(uint)RowsPerChunk * (ulong)BaseLogitsRow.BytesFor(VocabularySize)))));
}
