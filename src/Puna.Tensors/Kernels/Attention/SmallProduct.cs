using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>C = A·B for matrices of some tens of rows that lie in the first-level cache: no packing, four rows at a time.</summary>
internal static unsafe class SmallProduct<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Columns rounded up to whole registers.</summary>
    public static int Padded(int columns) => (columns + V.Count - 1) / V.Count * V.Count;

    /// <summary>C [rows, columns] = A·B; element (i, k) of A is a[i·aRow + k·aStep].</summary>
    /// <param name="a">A.</param>
    /// <param name="aRow">Distance between rows of A.</param>
    /// <param name="aStep">Distance between columns of A.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="columns">Columns of B and C, whole registers; both have rows of this length.</param>
    /// <param name="c">C.</param>
    public static void Run(T* a, nint aRow, nint aStep, int rows, int depth, T* b, int columns, T* c)
    {
        var i = 0;
        for (; i <= rows - 4; i += 4)
            for (var j = 0; j < columns; j += V.Count) Four(a + (i * aRow), aRow, aStep, depth, b + j, columns, c + (i * columns) + j);
        for (; i < rows; i++)
            for (var j = 0; j < columns; j += V.Count) One(a + (i * aRow), aStep, depth, b + j, columns, c + (i * columns) + j);
    }

    /// <summary>Copies rows into a matrix whose rows are whole registers, filled with zero.</summary>
    public static void Gather(T* source, nint row, int rows, int columns, int padded, T* destination)
    {
        for (var i = 0; i < rows; i++, source += row, destination += padded)
        {
            var j = 0;
            for (; j <= columns - V.Count; j += V.Count) V.Store(V.Load(source + j), destination + j);
            for (; j < columns; j++) destination[j] = source[j];
            for (; j < padded; j++) destination[j] = default;
        }
    }

    /// <summary>The transpose of such a matrix, its rows again whole registers, filled with zero.</summary>
    public static void Transpose(T* source, nint row, int rows, int columns, int padded, T* destination)
    {
        for (var i = 0; i < rows; i++, source += row)
        {
            var to = destination + i;
            for (var j = 0; j < columns; j++, to += padded) *to = source[j];
        }
        for (var j = 0; j < columns && rows < padded; j++) new Span<T>(destination + (j * padded) + rows, padded - rows).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(T* a, nint aRow, nint aStep, int depth, T* b, int columns, T* c)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default;
        T* a1 = a + aRow, a2 = a + (2 * aRow), a3 = a + (3 * aRow);
        for (var k = 0; k < depth; k++, b += columns)
        {
            var v = V.Load(b);
            c0 = V.MultiplyAdd(V.Create(a[k * aStep]), v, c0);
            c1 = V.MultiplyAdd(V.Create(a1[k * aStep]), v, c1);
            c2 = V.MultiplyAdd(V.Create(a2[k * aStep]), v, c2);
            c3 = V.MultiplyAdd(V.Create(a3[k * aStep]), v, c3);
        }
        V.Store(c0, c);
        V.Store(c1, c + columns);
        V.Store(c2, c + (2 * columns));
        V.Store(c3, c + (3 * columns));
    }

    private static void One(T* a, nint aStep, int depth, T* b, int columns, T* c)
    {
        V sum = default;
        for (var k = 0; k < depth; k++, b += columns) sum = V.MultiplyAdd(V.Create(a[k * aStep]), V.Load(b), sum);
        V.Store(sum, c);
    }
}
