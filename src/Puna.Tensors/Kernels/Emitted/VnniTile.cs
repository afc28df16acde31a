using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>What <see cref="VnniTile"/> is called with.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct VnniTileArguments
{
    /// <summary>Packed weights as unsigned bytes q + 128: for each four of depth, 16 rows × 4 bytes.</summary>
    public byte* Weights;

    /// <summary>Bytes from a panel of weights to the next.</summary>
    public nint PanelBytes;

    /// <summary>Packed activations as signed bytes: for each four of depth, 12 tokens × 4 bytes.</summary>
    public byte* Activations;

    /// <summary>What each token's sums begin with: −128 · Σ of its activations.</summary>
    public int* Start;

    /// <summary>First element of the result's tile, [tokens, rows].</summary>
    public int* C;

    /// <summary>Bytes between tokens of the result.</summary>
    public nint CRowBytes;

    /// <summary>Depth / 16, one at least.</summary>
    public nint Turns;

    /// <summary>Bits of the rows wanted in the last register.</summary>
    public nint LastMask;
}

/// <summary>
/// The inner loop of the AVX512_VNNI product: a tile of up to 12 tokens × 32 rows of weights kept in 24 registers. For each four of depth it
/// loads the weights of 16 or 32 rows, broadcasts each token's four activations and lets VPDPBUSD add the four products to the sums. The
/// instruction multiplies unsigned by signed bytes, so the weights are stored as q + 128 and the sums begin at −128 · Σ activations.
/// </summary>
internal static class VnniTile
{
    /// <summary>Tokens of a full tile.</summary>
    public const int Tokens = 12;

    /// <summary>Registers of weights in the widest tile.</summary>
    public const int Widest = 2;

    /// <summary>Rows of weights of a register.</summary>
    public const int Lanes = Int8Kernel.PanelRows;

    /// <summary>Depth of one turn of the loop.</summary>
    public const int TurnDepth = 4 * Unrolled;

    private const int Unrolled = 4;
    private const int FirstWeights = Tokens * Widest; // the registers after the sums: weights, then broadcast activations
    private const int FirstToken = FirstWeights + Widest;
    private const int TokenRegisters = 4;

    /// <summary>Writes the loop for a tile of this size.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="tokens">1 to 12.</param>
    /// <param name="width">1 or 2 registers of weights.</param>
    public static void Emit(Assembler code, int tokens, int width)
    {
        AssemblerRegister64[] weights = [r8, r9];
        var (activations, start, turns) = (r10, r11, rax);
        code.mov(weights[0], Field(nameof(VnniTileArguments.Weights)));
        code.mov(weights[1], Field(nameof(VnniTileArguments.PanelBytes)));
        code.add(weights[1], weights[0]);
        code.mov(activations, Field(nameof(VnniTileArguments.Activations)));
        code.mov(start, Field(nameof(VnniTileArguments.Start)));
        code.mov(turns, Field(nameof(VnniTileArguments.Turns)));
        for (var i = 0; i < tokens; i++)
            for (var j = 0; j < width; j++) code.vpbroadcastd(EmittedCode.Zmm((i * width) + j), __dword_ptr[start + (i * sizeof(int))]);

        var again = code.CreateLabel();
        code.Label(ref again);
        for (var step = 0; step < Unrolled; step++)
        {
            for (var j = 0; j < width; j++) code.vmovdqu32(EmittedCode.Zmm(FirstWeights + j), __zmmword_ptr[weights[j] + (step * Lanes * sizeof(uint))]);
            for (var i = 0; i < tokens; i++)
            {
                var token = EmittedCode.Zmm(FirstToken + (i % TokenRegisters));
                code.vpbroadcastd(token, __dword_ptr[activations + (((step * Tokens) + i) * sizeof(uint))]);
                for (var j = 0; j < width; j++) code.vpdpbusd(EmittedCode.Zmm((i * width) + j), EmittedCode.Zmm(FirstWeights + j), token);
            }
        }
        for (var j = 0; j < width; j++) code.add(weights[j], Unrolled * Lanes * sizeof(uint));
        code.add(activations, Unrolled * Tokens * sizeof(uint));
        code.dec(turns);
        code.jne(again);

        code.mov(r8, Field(nameof(VnniTileArguments.C)));
        code.mov(r9, Field(nameof(VnniTileArguments.CRowBytes)));
        code.mov(rax, Field(nameof(VnniTileArguments.LastMask)));
        code.kmovw(k1, eax);
        for (var i = 0; i < tokens; i++)
        {
            for (var j = 0; j < width; j++)
            {
                var memory = __zmmword_ptr[r8 + (j * Lanes * sizeof(int))];
                code.vmovdqu32(j == width - 1 ? memory.k1 : memory, EmittedCode.Zmm((i * width) + j));
            }
            if (i + 1 < tokens) code.add(r8, r9);
        }
    }

    /// <summary>Writes a loop that multiplies and adds without touching memory.</summary>
    /// <param name="rounds">How often each sum is added to.</param>
    public static void EmitSpin(Assembler code, int rounds)
    {
        for (var i = 0; i <= FirstToken; i++) code.vpxord(EmittedCode.Zmm(i), EmittedCode.Zmm(i), EmittedCode.Zmm(i));
        code.mov(rax, rounds);
        var again = code.CreateLabel();
        code.Label(ref again);
        for (var i = 0; i < Tokens * Widest; i++) code.vpdpbusd(EmittedCode.Zmm(i), EmittedCode.Zmm(FirstWeights + (i % Widest)), EmittedCode.Zmm(FirstToken));
        code.dec(rax);
        code.jne(again);
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<VnniTileArguments>(name);
}
