using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// C = A·B for at most <see cref="Rows"/> rows of C, of matrices that lie in the first-level cache: nothing is packed, the rows are registers, and B is
/// read once. Two forms, by where the columns of A lie, because the addresses of its elements are then a pointer and a constant or two.
/// </summary>
internal static unsafe class SmallProduct<T, V>
    where T : unmanaged
    where V : unmanaged, ILanes<V, T>
{
    /// <summary>Most rows a call takes.</summary>
    public const int Rows = 8;

    /// <summary>C [rows, columns] = or += A·B, where A [rows, depth] lies row by row.</summary>
    /// <param name="a">A; element (i, k) is a[i·aRow + k].</param>
    /// <param name="aRow">Distance between rows of A.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bRow">Distance between rows of B.</param>
    /// <param name="columns">Columns of B and C, whole registers.</param>
    /// <param name="c">C.</param>
    /// <param name="cRow">Distance between rows of C.</param>
    /// <param name="add">Add to what C holds.</param>
    public static void Run(T* a, nint aRow, int rows, int depth, T* b, nint bRow, int columns, T* c, nint cRow, bool add)
    {
        for (var j = 0; j < columns; j += V.Count)
        {
            if (rows == Rows) Eight(a, aRow, depth, b + j, bRow, c + j, cRow, add);
            else for (var i = 0; i < rows; i++) One(a + (i * aRow), 1, depth, b + j, bRow, c + (i * cRow) + j, add);
        }
    }

    /// <summary>C [rows, columns] = or += A·B, where A [rows, depth] lies column by column.</summary>
    /// <param name="a">A; element (i, k) is a[i + k·aColumn].</param>
    /// <param name="aColumn">Distance between columns of A.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="depth">Columns of A, rows of B.</param>
    /// <param name="b">B [depth, columns].</param>
    /// <param name="bRow">Distance between rows of B.</param>
    /// <param name="columns">Columns of B and C, whole registers.</param>
    /// <param name="c">C.</param>
    /// <param name="cRow">Distance between rows of C.</param>
    /// <param name="add">Add to what C holds.</param>
    public static void RunTransposed(T* a, nint aColumn, int rows, int depth, T* b, nint bRow, int columns, Output<T, V> c, nint cRow, bool add)
    {
        for (var j = 0; j < columns; j += V.Count)
        {
            if (rows == Rows) EightTransposed(a, aColumn, depth, b + j, bRow, c.At(j), cRow, add);
            else for (var i = 0; i < rows; i++) c.Store(One(a + i, aColumn, depth, b + j, bRow), (i * cRow) + j, add);
        }
    }

    private static void Eight(T* a, nint aRow, int depth, T* b, nint bRow, T* c, nint cRow, bool add)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        nint twice = 2 * aRow, thrice = 3 * aRow;
        var a4 = a + (4 * aRow);
        for (var k = 0; k < depth; k++, b += bRow, a++, a4++)
        {
            var v = V.Load(b);
            c0 = V.MultiplyAdd(v, V.Create(*a), c0);
            c1 = V.MultiplyAdd(v, V.Create(a[aRow]), c1);
            c2 = V.MultiplyAdd(v, V.Create(a[twice]), c2);
            c3 = V.MultiplyAdd(v, V.Create(a[thrice]), c3);
            c4 = V.MultiplyAdd(v, V.Create(*a4), c4);
            c5 = V.MultiplyAdd(v, V.Create(a4[aRow]), c5);
            c6 = V.MultiplyAdd(v, V.Create(a4[twice]), c6);
            c7 = V.MultiplyAdd(v, V.Create(a4[thrice]), c7);
        }
        Store(c0, c1, c2, c3, c, cRow, add);
        Store(c4, c5, c6, c7, c + (4 * cRow), cRow, add);
    }

    private static void EightTransposed(T* a, nint aColumn, int depth, T* b, nint bRow, Output<T, V> c, nint cRow, bool add)
    {
        V c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (var k = 0; k < depth; k++, b += bRow, a += aColumn)
        {
            var v = V.Load(b);
            c0 = V.MultiplyAdd(v, V.Create(*a), c0);
            c1 = V.MultiplyAdd(v, V.Create(a[1]), c1);
            c2 = V.MultiplyAdd(v, V.Create(a[2]), c2);
            c3 = V.MultiplyAdd(v, V.Create(a[3]), c3);
            c4 = V.MultiplyAdd(v, V.Create(a[4]), c4);
            c5 = V.MultiplyAdd(v, V.Create(a[5]), c5);
            c6 = V.MultiplyAdd(v, V.Create(a[6]), c6);
            c7 = V.MultiplyAdd(v, V.Create(a[7]), c7);
        }
        c.Store(c0, 0, add);
        c.Store(c1, cRow, add);
        c.Store(c2, 2 * cRow, add);
        c.Store(c3, 3 * cRow, add);
        c.Store(c4, 4 * cRow, add);
        c.Store(c5, 5 * cRow, add);
        c.Store(c6, 6 * cRow, add);
        c.Store(c7, 7 * cRow, add);
    }

    private static void One(T* a, nint aColumn, int depth, T* b, nint bRow, T* c, bool add)
    {
        var sum = One(a, aColumn, depth, b, bRow);
        V.Store(add ? sum + V.Load(c) : sum, c);
    }

    private static V One(T* a, nint aColumn, int depth, T* b, nint bRow)
    {
        V sum = default;
        for (var k = 0; k < depth; k++, b += bRow, a += aColumn) sum = V.MultiplyAdd(V.Load(b), V.Create(*a), sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(V c0, V c1, V c2, V c3, T* c, nint row, bool add)
    {
        if (add)
        {
            c0 += V.Load(c);
            c1 += V.Load(c + row);
            c2 += V.Load(c + (2 * row));
            c3 += V.Load(c + (3 * row));
        }
        V.Store(c0, c);
        V.Store(c1, c + row);
        V.Store(c2, c + (2 * row));
        V.Store(c3, c + (3 * row));
    }
}
