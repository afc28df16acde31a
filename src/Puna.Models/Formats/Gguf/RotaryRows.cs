namespace Puna.Models;

/// <summary>
/// The order of rows of the query and key matrices. Hugging Face turns element i of a head with i + D/2, GGUF and Meta 2i with 2i + 1 (PAPERS of the format:
/// row 2i + j of a head there is row i + j·D/2 here). Rows are only moved, so both ways are exact.
/// </summary>
internal static class RotaryRows
{
    /// <summary>Whether the rows of a tensor (GGUF's name) are in the other order.</summary>
    public static bool Applies(string gguf) => GgufNames.SplitBlock(gguf) is { Part: "attn_q.weight" or "attn_k.weight" };

    /// <summary>The row here that a row of the file becomes.</summary>
    /// <param name="row">Row in the file.</param>
    /// <param name="headSize">D.</param>
    public static long FromInterleaved(long row, int headSize)
    {
        var within = row % headSize;
        return row - within + (within / 2) + (within % 2 * (headSize / 2));
    }
}
