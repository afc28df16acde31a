using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>C = A·B for matrices of some tens of rows that lie in the first-level cache: no packing, eight rows at a time.</summary>
internal static unsafe class SmallProduct<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Columns rounded up to whole registers.</summary>
    public static int Padded(int columns) => (columns + V.Count - 1) / V.Count * V.Count;

    /// <summary>C [rows, columns] = or += A·B; element (i, k) of A is a[i·aRow + k·aStep].</summary>
    /// <param name="a">A.</param>
    /// <param name="aRow">Distance between rows of A.</param>
    /// <param name="aStep">Distance between columns of A.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bRow">Distance between rows of B.</param>
    /// <param name="columns">Columns of B and C, whole registers.</param>
    /// <param name="c">C.</param>
    /// <param name="cRow">Distance between rows of C.</param>
    /// <param name="add">Add to what C holds.</param>
    public static void Run(T* a, nint aRow, nint aStep, int rows, int depth, T* b, nint bRow, int columns, T* c, nint cRow, bool add = false)
    {
        for (var j = 0; j < columns; j += V.Count)
        {
            var i = 0;
            for (; i <= rows - 8; i += 8) Eight(a + (i * aRow), aRow, aStep, depth, b + j, bRow, c + (i * cRow) + j, cRow, add);
            for (; i < rows; i++) One(a + (i * aRow), aStep, depth, b + j, bRow, c + (i * cRow) + j, add);
        }
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

    /// <summary>Copies the first columns of a padded matrix to rows that lie apart.</summary>
    public static void Scatter(T* source, int padded, int rows, int columns, T* destination, nint row, bool add)
    {
        for (var i = 0; i < rows; i++, source += padded, destination += row)
        {
            for (var j = 0; j < columns; j++) destination[j] = add ? Scalar.Add(destination[j], source[j]) : source[j];
        }
    }

    /// <summary>The transpose of rows that lie apart, its own rows whole registers, filled with zero.</summary>
    public static void Transpose(T* source, nint row, int rows, int columns, int padded, T* destination)
    {
        for (var i = 0; i < rows; i++, source += row)
        {
            var to = destination + i;
            for (var j = 0; j < columns; j++, to += padded) *to = source[j];
        }
        for (var j = 0; j < columns && rows < padded; j++) new Span<T>(destination + (j * padded) + rows, padded - rows).Clear();
    }

    private static void Eight(T* a, nint aRow, nint aStep, int depth, T* b, nint bRow, T* c, nint cRow, bool add)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        T* a3 = a + (3 * aRow), a6 = a + (6 * aRow);
        for (var k = 0; k < depth; k++, b += bRow, a += aStep, a3 += aStep, a6 += aStep)
        {
            var v = V.Load(b);
            c0 = V.MultiplyAdd(V.Create(*a), v, c0);
            c1 = V.MultiplyAdd(V.Create(a[aRow]), v, c1);
            c2 = V.MultiplyAdd(V.Create(a[2 * aRow]), v, c2);
            c3 = V.MultiplyAdd(V.Create(*a3), v, c3);
            c4 = V.MultiplyAdd(V.Create(a3[aRow]), v, c4);
            c5 = V.MultiplyAdd(V.Create(a3[2 * aRow]), v, c5);
            c6 = V.MultiplyAdd(V.Create(*a6), v, c6);
            c7 = V.MultiplyAdd(V.Create(a6[aRow]), v, c7);
        }
        Put(c0, c, add);
        Put(c1, c + cRow, add);
        Put(c2, c + (2 * cRow), add);
        Put(c3, c + (3 * cRow), add);
        Put(c4, c + (4 * cRow), add);
        Put(c5, c + (5 * cRow), add);
        Put(c6, c + (6 * cRow), add);
        Put(c7, c + (7 * cRow), add);
    }

    private static void One(T* a, nint aStep, int depth, T* b, nint bRow, T* c, bool add)
    {
        V sum = default;
        for (var k = 0; k < depth; k++, b += bRow) sum = V.MultiplyAdd(V.Create(a[k * aStep]), V.Load(b), sum);
        Put(sum, c, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(V value, T* to, bool add) => V.Store(add ? value + V.Load(to) : value, to);
}
