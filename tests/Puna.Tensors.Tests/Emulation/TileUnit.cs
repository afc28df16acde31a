namespace Puna.Tests.Tensors;

/// <summary>
/// AMX's registers and instructions as the Intel Software Developer's Manual, volume 2, defines them: palette 1 with eight tiles of at most
/// 16 rows of 64 bytes. Anything that the manual forbids is a <see cref="ProcessorFault"/>.
/// </summary>
internal sealed unsafe class TileUnit
{
    private const int Tiles = 8, MostRows = 16, MostBytes = 64, ConfigurationBytes = 64;
    private readonly byte[] _data = new byte[Tiles * MostRows * MostBytes];
    private readonly int[] _rows = new int[Tiles];
    private readonly int[] _rowBytes = new int[Tiles];

    /// <summary>Whether a configuration is loaded.</summary>
    public bool Configured { get; private set; }

    /// <summary>LDTILECFG: loads shapes and clears all tiles.</summary>
    public void Configure(ReadOnlySpan<byte> memory)
    {
        memory.Length.ShouldBe(ConfigurationBytes);
        Release();
        if (memory[0] == 0) return;
        Demand(memory[0] == 1, $"palette {memory[0]}");
        Demand(memory[1] == 0, "a restarted tile load, which nothing of ours begins");
        foreach (var (first, end) in new[] { (2, 16), (32, 48), (56, 64) })
            for (var i = first; i < end; i++) Demand(memory[i] == 0, $"reserved byte {i} is {memory[i]}");
        for (var i = 0; i < Tiles; i++)
        {
            var (rows, bytes) = (memory[48 + i], memory[16 + (2 * i)] | (memory[17 + (2 * i)] << 8));
            Demand(rows <= MostRows && bytes <= MostBytes, $"tile {i} of {rows} rows of {bytes} bytes");
            Demand((rows == 0) == (bytes == 0), $"tile {i} of {rows} rows of {bytes} bytes: one of them is 0");
            (_rows[i], _rowBytes[i]) = (rows, bytes);
        }
        Configured = true;
    }

    /// <summary>TILERELEASE.</summary>
    public void Release()
    {
        Configured = false;
        Array.Clear(_rows);
        Array.Clear(_rowBytes);
        Array.Clear(_data);
    }

    /// <summary>TILEZERO.</summary>
    public void Zero(int tile)
    {
        Use(tile);
        Array.Clear(_data, tile * MostRows * MostBytes, MostRows * MostBytes);
    }

    /// <summary>TILELOADD: rows <paramref name="stride"/> bytes apart; what the tile has not is cleared.</summary>
    public void Load(int tile, ulong address, ulong stride, Action<ulong, int> access)
    {
        Zero(tile);
        for (var row = 0; row < _rows[tile]; row++, address += stride)
        {
            access(address, _rowBytes[tile]);
            new ReadOnlySpan<byte>((void*)address, _rowBytes[tile]).CopyTo(Row(tile, row));
        }
    }

    /// <summary>TILESTORED.</summary>
    public void Store(int tile, ulong address, ulong stride, Action<ulong, int> access)
    {
        Use(tile);
        for (var row = 0; row < _rows[tile]; row++, address += stride)
        {
            access(address, _rowBytes[tile]);
            Row(tile, row)[.._rowBytes[tile]].CopyTo(new Span<byte>((void*)address, _rowBytes[tile]));
        }
    }

    /// <summary>
    /// TDPBF16PS: the products of even and of odd depths are summed apart, each step fused and rounded to nearest even, then added to each other
    /// and to the sum. Denormal operands and results count as zero.
    /// </summary>
    public void MultiplyBFloat16(int sum, int a, int b)
    {
        CheckProduct(sum, a, b);
        Span<float> even = stackalloc float[MostBytes / 4], odd = stackalloc float[MostBytes / 4];
        for (var m = 0; m < _rows[sum]; m++)
        {
            even.Clear();
            odd.Clear();
            for (var k = 0; k < _rowBytes[a] / 4; k++)
            {
                var (low, high) = Pair(Number(a, m, k));
                for (var n = 0; n < _rowBytes[sum] / 4; n++)
                {
                    var (bLow, bHigh) = Pair(Number(b, k, n));
                    even[n] = Flushed(MathF.FusedMultiplyAdd(low, bLow, even[n]));
                    odd[n] = Flushed(MathF.FusedMultiplyAdd(high, bHigh, odd[n]));
                }
            }
            for (var n = 0; n < _rowBytes[sum] / 4; n++)
                Number(sum, m, n) = BitConverter.SingleToUInt32Bits(Flushed(Flushed(BitConverter.UInt32BitsToSingle(Number(sum, m, n))) + Flushed(even[n] + odd[n])));
        }
        ClearBeyond(sum);
    }

    /// <summary>TDPBSSD: four products of signed bytes each, summed modulo 2³².</summary>
    public void MultiplySignedBytes(int sum, int a, int b)
    {
        CheckProduct(sum, a, b);
        for (var m = 0; m < _rows[sum]; m++)
            for (var k = 0; k < _rowBytes[a] / 4; k++)
            {
                var x = Number(a, m, k);
                for (var n = 0; n < _rowBytes[sum] / 4; n++)
                {
                    var y = Number(b, k, n);
                    for (var v = 0; v < 32; v += 8) Number(sum, m, n) += (uint)((sbyte)(x >> v) * (sbyte)(y >> v));
                }
            }
        ClearBeyond(sum);
    }

    private static void Demand(bool condition, string message)
    {
        if (!condition) throw new ProcessorFault($"#GP: LDTILECFG with {message}");
    }

    private static (float Low, float High) Pair(uint bits) => (Flushed(BitConverter.UInt32BitsToSingle(bits << 16)), Flushed(BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000)));

    private static float Flushed(float x) => float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;

    private void CheckProduct(int sum, int a, int b)
    {
        foreach (var tile in new[] { sum, a, b })
        {
            Use(tile);
            if (_rowBytes[tile] % 4 != 0) throw new ProcessorFault($"#UD: tile {tile} has rows of {_rowBytes[tile]} bytes");
        }
        if (sum == a || a == b || sum == b) throw new ProcessorFault("#UD: a product with the same tile twice");
        if (_rows[sum] != _rows[a] || _rowBytes[sum] != _rowBytes[b] || _rowBytes[a] / 4 != _rows[b])
            throw new ProcessorFault($"#UD: [{_rows[a]}, {_rowBytes[a]} bytes] · [{_rows[b]}, {_rowBytes[b]} bytes] into [{_rows[sum]}, {_rowBytes[sum]} bytes]");
    }

    private void Use(int tile)
    {
        if (!Configured) throw new ProcessorFault("#UD: no tiles are configured");
        if (_rows[tile] == 0) throw new ProcessorFault($"#UD: tile {tile} is not configured");
    }

    private void ClearBeyond(int tile)
    {
        for (var row = 0; row < MostRows; row++) Row(tile, row)[(row < _rows[tile] ? _rowBytes[tile] : 0)..].Clear();
    }

    private Span<byte> Row(int tile, int row) => _data.AsSpan(((tile * MostRows) + row) * MostBytes, MostBytes);

    private ref uint Number(int tile, int row, int column) => ref System.Runtime.CompilerServices.Unsafe.As<byte, uint>(ref _data[(((tile * MostRows) + row) * MostBytes) + (column * 4)]);
}
