namespace Puna.Tensors;

/// <summary>
/// The inner loops of the matrix product for 32 registers: a tile of 8 rows stays in registers while K runs. Each step loads one row of the
/// packed panel and multiplies it by 8 broadcast elements of A. Rows beyond the matrix repeat the last one; the caller drops them.
/// </summary>
internal static unsafe partial class ProductTiles<T, V>
{
    /// <summary>8 rows × 3 registers of columns.</summary>
    private static void Tile8x3(T* a, nint row, nint step, int rows, T* b, int depth, T* c, nint cRow, bool accumulate)
    {
        var r1 = rows > 1 ? 1 * row : 0;
        var r2 = rows > 2 ? 2 * row : r1;
        var r3 = rows > 3 ? 3 * row : r2;
        var r4 = rows > 4 ? 4 * row : r3;
        var r5 = rows > 5 ? 5 * row : r4;
        var r6 = rows > 6 ? 6 * row : r5;
        var r7 = rows > 7 ? 7 * row : r6;
        V c00 = default, c01 = default, c02 = default;
        V c10 = default, c11 = default, c12 = default;
        V c20 = default, c21 = default, c22 = default;
        V c30 = default, c31 = default, c32 = default;
        V c40 = default, c41 = default, c42 = default;
        V c50 = default, c51 = default, c52 = default;
        V c60 = default, c61 = default, c62 = default;
        V c70 = default, c71 = default, c72 = default;
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
            x = V.Create(a[r4]);
            c40 = V.MultiplyAdd(x, b0, c40);
            c41 = V.MultiplyAdd(x, b1, c41);
            c42 = V.MultiplyAdd(x, b2, c42);
            x = V.Create(a[r5]);
            c50 = V.MultiplyAdd(x, b0, c50);
            c51 = V.MultiplyAdd(x, b1, c51);
            c52 = V.MultiplyAdd(x, b2, c52);
            x = V.Create(a[r6]);
            c60 = V.MultiplyAdd(x, b0, c60);
            c61 = V.MultiplyAdd(x, b1, c61);
            c62 = V.MultiplyAdd(x, b2, c62);
            x = V.Create(a[r7]);
            c70 = V.MultiplyAdd(x, b0, c70);
            c71 = V.MultiplyAdd(x, b1, c71);
            c72 = V.MultiplyAdd(x, b2, c72);
            a += step;
            b += 3 * V.Count;
        }
        Put3(c, c00, c01, c02, accumulate);
        Put3(c + cRow, c10, c11, c12, accumulate);
        Put3(c + (2 * cRow), c20, c21, c22, accumulate);
        Put3(c + (3 * cRow), c30, c31, c32, accumulate);
        Put3(c + (4 * cRow), c40, c41, c42, accumulate);
        Put3(c + (5 * cRow), c50, c51, c52, accumulate);
        Put3(c + (6 * cRow), c60, c61, c62, accumulate);
        Put3(c + (7 * cRow), c70, c71, c72, accumulate);
    }

    /// <summary>8 rows × 2 registers of columns.</summary>
    private static void Tile8x2(T* a, nint row, nint step, int rows, T* b, int depth, T* c, nint cRow, bool accumulate)
    {
        var r1 = rows > 1 ? 1 * row : 0;
        var r2 = rows > 2 ? 2 * row : r1;
        var r3 = rows > 3 ? 3 * row : r2;
        var r4 = rows > 4 ? 4 * row : r3;
        var r5 = rows > 5 ? 5 * row : r4;
        var r6 = rows > 6 ? 6 * row : r5;
        var r7 = rows > 7 ? 7 * row : r6;
        V c00 = default, c01 = default;
        V c10 = default, c11 = default;
        V c20 = default, c21 = default;
        V c30 = default, c31 = default;
        V c40 = default, c41 = default;
        V c50 = default, c51 = default;
        V c60 = default, c61 = default;
        V c70 = default, c71 = default;
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
            x = V.Create(a[r4]);
            c40 = V.MultiplyAdd(x, b0, c40);
            c41 = V.MultiplyAdd(x, b1, c41);
            x = V.Create(a[r5]);
            c50 = V.MultiplyAdd(x, b0, c50);
            c51 = V.MultiplyAdd(x, b1, c51);
            x = V.Create(a[r6]);
            c60 = V.MultiplyAdd(x, b0, c60);
            c61 = V.MultiplyAdd(x, b1, c61);
            x = V.Create(a[r7]);
            c70 = V.MultiplyAdd(x, b0, c70);
            c71 = V.MultiplyAdd(x, b1, c71);
            a += step;
            b += 2 * V.Count;
        }
        Put2(c, c00, c01, accumulate);
        Put2(c + cRow, c10, c11, accumulate);
        Put2(c + (2 * cRow), c20, c21, accumulate);
        Put2(c + (3 * cRow), c30, c31, accumulate);
        Put2(c + (4 * cRow), c40, c41, accumulate);
        Put2(c + (5 * cRow), c50, c51, accumulate);
        Put2(c + (6 * cRow), c60, c61, accumulate);
        Put2(c + (7 * cRow), c70, c71, accumulate);
    }

    /// <summary>8 rows × 1 registers of columns.</summary>
    private static void Tile8x1(T* a, nint row, nint step, int rows, T* b, int depth, T* c, nint cRow, bool accumulate)
    {
        var r1 = rows > 1 ? 1 * row : 0;
        var r2 = rows > 2 ? 2 * row : r1;
        var r3 = rows > 3 ? 3 * row : r2;
        var r4 = rows > 4 ? 4 * row : r3;
        var r5 = rows > 5 ? 5 * row : r4;
        var r6 = rows > 6 ? 6 * row : r5;
        var r7 = rows > 7 ? 7 * row : r6;
        V c00 = default;
        V c10 = default;
        V c20 = default;
        V c30 = default;
        V c40 = default;
        V c50 = default;
        V c60 = default;
        V c70 = default;
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
            x = V.Create(a[r4]);
            c40 = V.MultiplyAdd(x, b0, c40);
            x = V.Create(a[r5]);
            c50 = V.MultiplyAdd(x, b0, c50);
            x = V.Create(a[r6]);
            c60 = V.MultiplyAdd(x, b0, c60);
            x = V.Create(a[r7]);
            c70 = V.MultiplyAdd(x, b0, c70);
            a += step;
            b += V.Count;
        }
        Put1(c, c00, accumulate);
        Put1(c + cRow, c10, accumulate);
        Put1(c + (2 * cRow), c20, accumulate);
        Put1(c + (3 * cRow), c30, accumulate);
        Put1(c + (4 * cRow), c40, accumulate);
        Put1(c + (5 * cRow), c50, accumulate);
        Put1(c + (6 * cRow), c60, accumulate);
        Put1(c + (7 * cRow), c70, accumulate);
    }
}
