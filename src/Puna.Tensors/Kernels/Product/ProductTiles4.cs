using System.Runtime.CompilerServices;

namespace Puna.Tensors;

/// <summary>
/// The inner loops of the matrix product for 16 registers: a tile of 4 rows stays in registers while K runs. Each step loads one row of the
/// packed panel and multiplies it by 4 broadcast elements of A. Rows beyond the matrix repeat the last one; the caller drops them.
/// </summary>
internal static unsafe partial class ProductTiles<T, V>
{
    /// <summary>4 rows × 3 registers of columns.</summary>
    private static void Tile4x3(T* a, nint row, nint step, int rows, T* b, int depth, T* c, nint cRow, bool accumulate)
    {
        var r1 = rows > 1 ? 1 * row : 0;
        var r2 = rows > 2 ? 2 * row : r1;
        var r3 = rows > 3 ? 3 * row : r2;
        V c00 = default, c01 = default, c02 = default;
        V c10 = default, c11 = default, c12 = default;
        V c20 = default, c21 = default, c22 = default;
        V c30 = default, c31 = default, c32 = default;
        for (; depth > 0; depth--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Count);
            var b2 = V.Load(b + (2 * V.Count));
            var x = V.Create(*a);
            c00 = V.MultiplyAdd(x, b0, c00);
            c01 = V.MultiplyAdd(x, b1, c01);
            c02 = V.MultiplyAdd(x, b2, c02);
            x = V.Create(a[r1]);
            c10 = V.MultiplyAdd(x, b0, c10);
            c11 = V.MultiplyAdd(x, b1, c11);
            c12 = V.MultiplyAdd(x, b2, c12);
            x = V.Create(a[r2]);
            c20 = V.MultiplyAdd(x, b0, c20);
            c21 = V.MultiplyAdd(x, b1, c21);
            c22 = V.MultiplyAdd(x, b2, c22);
            x = V.Create(a[r3]);
            c30 = V.MultiplyAdd(x, b0, c30);
            c31 = V.MultiplyAdd(x, b1, c31);
            c32 = V.MultiplyAdd(x, b2, c32);
            a += step;
            b += 3 * V.Count;
        }
        Put3(c, c00, c01, c02, accumulate);
        Put3(c + cRow, c10, c11, c12, accumulate);
        Put3(c + (2 * cRow), c20, c21, c22, accumulate);
        Put3(c + (3 * cRow), c30, c31, c32, accumulate);
    }

    /// <summary>4 rows × 2 registers of columns.</summary>
    private static void Tile4x2(T* a, nint row, nint step, int rows, T* b, int depth, T* c, nint cRow, bool accumulate)
    {
        var r1 = rows > 1 ? 1 * row : 0;
        var r2 = rows > 2 ? 2 * row : r1;
        var r3 = rows > 3 ? 3 * row : r2;
        V c00 = default, c01 = default;
        V c10 = default, c11 = default;
        V c20 = default, c21 = default;
        V c30 = default, c31 = default;
        for (; depth > 0; depth--)
        {
            var b0 = V.Load(b);
            var b1 = V.Load(b + V.Count);
            var x = V.Create(*a);
            c00 = V.MultiplyAdd(x, b0, c00);
            c01 = V.MultiplyAdd(x, b1, c01);
            x = V.Create(a[r1]);
            c10 = V.MultiplyAdd(x, b0, c10);
            c11 = V.MultiplyAdd(x, b1, c11);
            x = V.Create(a[r2]);
            c20 = V.MultiplyAdd(x, b0, c20);
            c21 = V.MultiplyAdd(x, b1, c21);
            x = V.Create(a[r3]);
            c30 = V.MultiplyAdd(x, b0, c30);
            c31 = V.MultiplyAdd(x, b1, c31);
            a += step;
            b += 2 * V.Count;
        }
        Put2(c, c00, c01, accumulate);
        Put2(c + cRow, c10, c11, accumulate);
        Put2(c + (2 * cRow), c20, c21, accumulate);
        Put2(c + (3 * cRow), c30, c31, accumulate);
    }

    /// <summary>4 rows × 1 registers of columns.</summary>
    private static void Tile4x1(T* a, nint row, nint step, int rows, T* b, int depth, T* c, nint cRow, bool accumulate)
    {
        var r1 = rows > 1 ? 1 * row : 0;
        var r2 = rows > 2 ? 2 * row : r1;
        var r3 = rows > 3 ? 3 * row : r2;
        V c00 = default;
        V c10 = default;
        V c20 = default;
        V c30 = default;
        for (; depth > 0; depth--)
        {
            var b0 = V.Load(b);
            var x = V.Create(*a);
            c00 = V.MultiplyAdd(x, b0, c00);
            x = V.Create(a[r1]);
            c10 = V.MultiplyAdd(x, b0, c10);
            x = V.Create(a[r2]);
            c20 = V.MultiplyAdd(x, b0, c20);
            x = V.Create(a[r3]);
            c30 = V.MultiplyAdd(x, b0, c30);
            a += step;
            b += V.Count;
        }
        Put1(c, c00, accumulate);
        Put1(c + cRow, c10, accumulate);
        Put1(c + (2 * cRow), c20, accumulate);
        Put1(c + (3 * cRow), c30, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put3(T* c, V c0, V c1, V c2, bool accumulate)
    {
        if (accumulate)
        {
            c0 += V.Load(c);
            c1 += V.Load(c + V.Count);
            c2 += V.Load(c + (2 * V.Count));
        }
        V.Store(c0, c);
        V.Store(c1, c + V.Count);
        V.Store(c2, c + (2 * V.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put2(T* c, V c0, V c1, bool accumulate)
    {
        if (accumulate)
        {
            c0 += V.Load(c);
            c1 += V.Load(c + V.Count);
        }
        V.Store(c0, c);
        V.Store(c1, c + V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put1(T* c, V c0, bool accumulate)
    {
        if (accumulate)
        {
            c0 += V.Load(c);
        }
        V.Store(c0, c);
    }
}
