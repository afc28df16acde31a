using System.Numerics;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// The walk of an assembled product over the tiles of <see cref="TileArguments"/>. Functions for few tokens, which wait for weights, go through two or four places of the run at
/// once, each with as many tiles, and then through what is left tile by tile: memory answers several readers sooner than one (docs/log.md). A tile's arithmetic is the same either way.
/// </summary>
internal static class TileStreams
{
    /// <summary>The most places.</summary>
    public const int Most = 4;

    private static readonly AssemblerRegister64 Tiles = rax, Stride = rsi, ThreeStrides = rdi;

    /// <summary>Reads weights, at the first place; see <see cref="At"/>.</summary>
    public static AssemblerRegister64 Weights => r8;

    /// <summary>For the body: the panel.</summary>
    public static AssemblerRegister64 Activations => r9;

    /// <summary>For the body: counts.</summary>
    public static AssemblerRegister64 Blocks => r10;

    /// <summary>Where the first place's tile has its results.</summary>
    public static AssemblerRegister64 Results => rdx;

    /// <summary>Writes the walk.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="streams">Places at once: 1, 2 or 4.</param>
    /// <param name="blockBytes">Bytes of a block of weights (plain numbers: of a turn of the loop).</param>
    /// <param name="emitTile">Writes the product of a tile of each of so many places, which leaves <see cref="Weights"/> behind its tile; it may change rax to r11 but for those of this class, and ends with <see cref="EmitResults"/> or without results.</param>
    public static void Emit(Assembler code, int streams, int blockBytes, Action<int> emitTile)
    {
        code.mov(Weights, Field(nameof(TileArguments.Weights)));
        code.mov(Results, Field(nameof(TileArguments.C)));
        code.mov(Tiles, Field(nameof(TileArguments.Tiles)));
        var (single, end) = (code.CreateLabel(), code.CreateLabel());
        if (streams > 1)
        {
            code.cmp(Tiles, streams);
            code.jl(single);
            code.push(rsi); // both are the caller's on Windows
            code.push(rdi);
            code.shr(Tiles, (byte)BitOperations.Log2((uint)streams));
            code.mov(Stride, Tiles);
            code.imul(Stride, Field(nameof(TileArguments.Blocks)));
            code.imul(Stride, Stride, blockBytes);
            if (streams > 2) code.lea(ThreeStrides, __[Stride + (Stride * 2)]);
            EmitLoop(code, code.CreateLabel(), streams, emitTile);
            code.add(Weights, streams > 2 ? ThreeStrides : Stride);
            EmitResultStride(code, streams, r9);
            for (var stream = 1; stream < streams; stream++) code.add(Results, r9);
            code.pop(rdi);
            code.pop(rsi);
            code.mov(Tiles, Field(nameof(TileArguments.Tiles)));
            code.and(Tiles, streams - 1);
            code.je(end);
        }
        EmitLoop(code, single, 1, emitTile);
        code.Label(ref end);
    }

    /// <summary>Where a place reads now.</summary>
    public static AssemblerMemoryOperand At(int stream) => stream switch { 0 => Weights + 0, 1 => Weights + Stride, 2 => Weights + (Stride * 2), _ => Weights + ThreeStrides };

    /// <summary>Stores the results of a tile of each place. Changes r9 to r11.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="streams">Places.</param>
    /// <param name="result">The register of a place and token.</param>
    public static void EmitResults(Assembler code, int tokens, int streams, Func<int, int, AssemblerRegisterZMM> result)
    {
        code.mov(r10, Results);
        for (var stream = 0; stream < streams; stream++)
        {
            code.mov(r9, r10);
            code.mov(r11, Field(nameof(TileArguments.CRowBytes)));
            for (var t = 0; t < tokens; t++)
            {
                code.vmovups(__zmmword_ptr[r9], result(stream, t));
                if (t + 1 < tokens) code.add(r9, r11);
            }
            if (stream + 1 == streams) break;
            EmitResultStride(code, streams, r9);
            code.add(r10, r9);
        }
    }

    private static void EmitLoop(Assembler code, Label next, int streams, Action<int> emitTile)
    {
        code.Label(ref next);
        emitTile(streams);
        code.add(Results, WeightTileFormat.Rows * sizeof(float));
        code.dec(Tiles);
        code.jne(next);
    }

    /// <summary>Bytes between the results of two places.</summary>
    private static void EmitResultStride(Assembler code, int streams, AssemblerRegister64 to)
    {
        code.mov(to, Field(nameof(TileArguments.Tiles)));
        code.shr(to, (byte)BitOperations.Log2((uint)streams));
        code.imul(to, to, WeightTileFormat.Rows * sizeof(float));
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<TileArguments>(name);
}
