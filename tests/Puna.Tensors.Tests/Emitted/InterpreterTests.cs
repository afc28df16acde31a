using Iced.Intel;
using Puna.Tensors;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tests.Tensors;

/// <summary>The interpreter computes what the manual says, and refuses what a processor refuses: else the tests that stand on it would prove nothing.</summary>
public unsafe class InterpreterTests
{
    [Fact]
    public void A_product_of_bf16_pairs_is_known_by_hand()
    {
        // [1 2 3 4] · [[1 5] [2 6] [3 7] [4 8]] on top of [100 200]
        var tiles = Tiles((0, 1, 8), (1, 1, 8), (2, 2, 8));
        Load(tiles, 0, 100f, 200f);
        Load(tiles, 1, Pair(1, 2), Pair(3, 4));
        Load(tiles, 2, Pair(1, 2), Pair(5, 6), Pair(3, 4), Pair(7, 8));
        tiles.MultiplyBFloat16(0, 1, 2);
        Stored(tiles, 0, 2).ShouldBe([130f, 270f]);
    }

    [Fact]
    public void Denormal_operands_and_results_count_as_zero()
    {
        var tiles = Tiles((0, 1, 4), (1, 1, 4), (2, 1, 4));
        var denormal = BitConverter.UInt32BitsToSingle(0x00400000);
        Load(tiles, 0, denormal);
        Load(tiles, 1, Pair(denormal, 1e-25f));
        Load(tiles, 2, Pair(1e30f, 1e-15f));
        tiles.MultiplyBFloat16(0, 1, 2);
        Stored(tiles, 0, 1).ShouldBe([0f]);
    }

    [Fact]
    public void A_product_of_bytes_is_known_by_hand_and_wraps()
    {
        var tiles = Tiles((0, 1, 4), (1, 1, 4), (2, 1, 4));
        Load(tiles, 0, BitConverter.Int32BitsToSingle(int.MaxValue));
        Load(tiles, 1, BitConverter.UInt32BitsToSingle(0x80FF0201)); // 1, 2, −1, −128
        Load(tiles, 2, BitConverter.UInt32BitsToSingle(0x80050403)); // 3, 4, 5, −128
        tiles.MultiplySignedBytes(0, 1, 2);
        BitConverter.SingleToInt32Bits(Stored(tiles, 0, 1)[0]).ShouldBe(unchecked(int.MaxValue + 3 + 8 - 5 + 16384));
    }

    [Theory]
    [InlineData(0, 2)] // an unknown palette
    [InlineData(5, 1)] // reserved bytes
    [InlineData(40, 1)]
    [InlineData(60, 1)]
    [InlineData(48, 17)] // too many rows
    [InlineData(16, 65)] // too wide a row
    [InlineData(49, 3)] // rows of no bytes
    [InlineData(18, 4)] // bytes of no rows
    public void A_configuration_out_of_range_is_a_fault(int at, byte value)
    {
        var memory = new byte[64];
        (memory[0], memory[16], memory[48]) = (1, 64, 16);
        var tiles = new TileUnit();
        tiles.Configure(memory);
        memory[at] = value;
        Should.Throw<ProcessorFault>(() => tiles.Configure(memory)).Message.ShouldContain("#GP");
    }

    [Fact]
    public void Products_of_tiles_that_do_not_fit_are_a_fault()
    {
        Should.Throw<ProcessorFault>(() => new TileUnit().Zero(0)).Message.ShouldContain("no tiles are configured");
        var tiles = Tiles((0, 2, 8), (1, 2, 8), (2, 2, 8), (3, 3, 8), (4, 2, 4));
        tiles.MultiplyBFloat16(0, 1, 2);
        Should.Throw<ProcessorFault>(() => tiles.Zero(5)).Message.ShouldContain("tile 5 is not configured");
        foreach (var (sum, a, b) in new[] { (0, 0, 2), (0, 1, 1), (2, 1, 2), (3, 1, 2), (0, 1, 3), (0, 4, 2), (4, 1, 2) })
            Should.Throw<ProcessorFault>(() => tiles.MultiplySignedBytes(sum, a, b), $"{sum} += {a} · {b}").Message.ShouldContain("#UD");
    }

    [Fact]
    public void Code_that_a_caller_could_not_bear_is_a_fault()
    {
        Fault(code => code.mov(rbx, 1)).ShouldContain("RBX");
        Fault(code => code.sub(rsp, 8)).ShouldContain("return address");
        Fault(code => code.mov(rsi, 1), windows: true).ShouldContain("RSI");
        Run(code => code.mov(rsi, 1), windows: false);
        Fault(code => code.mov(rax, __qword_ptr[r8])).ShouldContain("#GP"); // r8 was never set
        Fault(code => code.mov(eax, __dword_ptr[rcx])).ShouldContain("EAX");
        Fault(code => code.vpord(zmm0, zmm0, zmm0)).ShouldContain("not among the instructions");
        Fault(code => code.vpxord(ymm0, ymm0, ymm0)).ShouldContain("64 bytes");
        Fault(code => code.vmulps(zmm0.k1, zmm0, zmm0)).ShouldContain("64 bytes");
        Fault(code => code.ldtilecfg(__[rcx])).ShouldContain("not released");
        Fault(code => code.db(0x06)).ShouldContain("#UD");
    }

    [Fact]
    public void Products_of_whole_registers_are_known_by_hand()
    {
        int[] integers = [.. Enumerable.Range(-8, 16)];
        float[] factors = [.. Enumerable.Range(0, 16).Select(i => 0.5f * i)];
        var memory = stackalloc byte[64 * 4];
        integers.CopyTo(new Span<int>(memory + 64, 16));
        factors.CopyTo(new Span<float>(memory + 128, 16));
        *(float*)memory = 3;
        new CodeInterpreter(EmittedCode.Write(
            code =>
            {
                code.vpxord(zmm31, zmm31, zmm31);
                code.vmovups(zmm16, __zmmword_ptr[rcx + 128]);
                code.vmulps(zmm17, zmm16, __dword_bcst[rcx]);
                code.vcvtdq2ps(zmm1, __zmmword_ptr[rcx + 64]);
                code.vfmadd231ps(zmm31, zmm1, zmm17);
                code.vfmadd231ps(zmm31, zmm16, __dword_bcst[rcx]);
                code.vmovups(__zmmword_ptr[rcx + 192], zmm31);
            },
            windows: false), windows: false).Call(memory);
        new ReadOnlySpan<float>(memory + 192, 16).ToArray().ShouldBe(Enumerable.Range(0, 16).Select(i => ((i - 8) * 1.5f * i) + (1.5f * i)));
    }

    private static string Fault(Action<Assembler> body, bool windows = false) => Should.Throw<ProcessorFault>(() => Run(body, windows)).Message;

    private static void Run(Action<Assembler> body, bool windows)
    {
        var configuration = AmxTile.Configuration(32, 32);
        new CodeInterpreter(EmittedCode.Write(body, windows), windows).Call(&configuration);
    }

    private static TileUnit Tiles(params ReadOnlySpan<(int Tile, int Rows, int Bytes)> shapes)
    {
        var memory = new byte[64];
        memory[0] = 1;
        foreach (var (tile, rows, bytes) in shapes) (memory[16 + (2 * tile)], memory[48 + tile]) = ((byte)bytes, (byte)rows);
        var tiles = new TileUnit();
        tiles.Configure(memory);
        return tiles;
    }

    /// <summary>Loads rows of two numbers, or of one where there is but one.</summary>
    private static void Load(TileUnit tiles, int tile, params float[] numbers)
    {
        fixed (float* p = numbers) tiles.Load(tile, (ulong)p, (ulong)(sizeof(float) * Math.Min(2, numbers.Length)), (_, _) => { });
    }

    private static float[] Stored(TileUnit tiles, int tile, int count)
    {
        var numbers = new float[count];
        fixed (float* p = numbers) tiles.Store(tile, (ulong)p, 0, (_, _) => { });
        return numbers;
    }

    /// <summary>Two numbers that bf16 holds exactly, or nearly.</summary>
    private static float Pair(float low, float high) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(low) >> 16) | (BitConverter.SingleToUInt32Bits(high) & 0xFFFF0000));
}
