using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// Two orders of the rows of query and key matrices. Rotary positions turn pairs of elements of a head of D: Meta's files, llama2.c's and GGUF's
/// pair the neighbours 2i and 2i + 1; Hugging Face's pair i and i + D/2. Row 2i + j of a head there is row i + j·D/2 here.
/// </summary>
internal static unsafe class RotaryLayout
{
    /// <summary>How many heads a matrix has whose rows lie in either order, by Hugging Face's name of it; 0 for any other tensor.</summary>
    public static int HeadsOf(LlamaConfig config, string name) =>
        name.EndsWith("q_proj.weight", StringComparison.Ordinal) ? config.HeadCount : name.EndsWith("k_proj.weight", StringComparison.Ordinal) ? config.KeyValueHeadCount : 0;

    /// <summary>Rows [heads·D, columns] of neighbours become rows of halves.</summary>
    /// <exception cref="InvalidDataException">The rows are none of so many heads.</exception>
    public static void ToHalves(Tensor matrix, int heads) => Permute(matrix, heads, toHalves: true);

    /// <summary>Rows [heads·D, columns] of halves become rows of neighbours.</summary>
    public static void ToNeighbours(Tensor matrix, int heads) => Permute(matrix, heads, toHalves: false);

    private static void Permute(Tensor matrix, int heads, bool toHalves)
    {
        if (matrix.Shape.Rank != 2 || matrix.Shape[0] == 0 || matrix.Shape[0] % heads != 0) throw new InvalidDataException($"a matrix of queries or keys has the shape {matrix.Shape}; rows of {heads} heads were expected");
        var size = (int)(matrix.Shape[0] / heads);
        var row = matrix.Bytes / matrix.Shape[0];
        var head = new byte[size * row];
        for (var h = 0; h < heads; h++)
        {
            var rows = (byte*)matrix.Data + (h * (long)size * row);
            new ReadOnlySpan<byte>(rows, head.Length).CopyTo(head);
            for (var r = 0; r < size; r++)
            {
                var neighbour = r < size / 2 ? 2 * r : (2 * (r - (size / 2))) + 1;
                var (to, from) = toHalves ? (r, neighbour) : (neighbour, r);
                head.AsSpan((int)(from * row), (int)row).CopyTo(new Span<byte>(rows + (to * row), (int)row));
            }
        }
        GC.KeepAlive(matrix);
    }
}
