using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// The product of tiles of quantised weights with a panel of activations by VPDPBUSD. One register has four columns of 16 rows, each token's four activations are
/// broadcast, so that the sums of 16 rows need no adding across a register. For each group the products are summed in integers, then scaled and added
/// to sums in single precision: sums += (float)integers · (scale of the row · scale of the token), minima times the token's own sums apart.
/// Codes are unsigned; those that stand for code − offset have their integer sums begin at −offset · Σ of the activations.
/// </summary>
internal static class VnniWeightTile
{
    /// <summary>More tokens belong to a prompt, whose panels share weights that are in a cache.</summary>
    public const int FewTokens = 8;

    private const int Integers = TileActivations.PanelTokens; // the registers after the sums
    private static readonly AssemblerRegisterZMM Code = EmittedCode.Zmm(24), Bits = EmittedCode.Zmm(25), RowScale = EmittedCode.Zmm(26), Factor = EmittedCode.Zmm(27), MinimumFactor = EmittedCode.Zmm(28),
        LowMask = EmittedCode.Zmm(29), HighMask = EmittedCode.Zmm(30), Product = EmittedCode.Zmm(31);

    /// <summary>Writes the function for a format and so many tokens.</summary>
    public static void Emit(Assembler code, WeightTileFormat format, int tokens)
    {
        var (weights, activations, c, tiles, blocks, groups) = (r8, r9, rdx, rax, r10, r11);
        code.mov(weights, Field(nameof(TileArguments.Weights)));
        code.mov(c, Field(nameof(TileArguments.C)));
        code.mov(tiles, Field(nameof(TileArguments.Tiles)));
        EmitMasks(code, format);

        var nextTile = code.CreateLabel();
        code.Label(ref nextTile);
        EmitFirstSums(code, tokens, c);
        code.mov(activations, Field(nameof(TileArguments.Activations)));
        code.mov(blocks, Field(nameof(TileArguments.Blocks)));

        var nextBlock = code.CreateLabel();
        code.Label(ref nextBlock);
        code.vcvtph2ps(format.Scale == TileScale.Half ? RowScale : Factor, __ymmword_ptr[weights]);
        if (format.HasMinimum) code.vcvtph2ps(MinimumFactor, __ymmword_ptr[weights + 32]);
        code.add(weights, format.HeaderBytes);
        if (format.GroupsPerBlock > 1) code.mov(groups, format.GroupsPerBlock);
        var nextGroup = code.CreateLabel();
        code.Label(ref nextGroup);
        if (tokens <= FewTokens) EmittedCode.Prefetch(code, weights, format.BlockBytes / format.GroupsPerBlock);
        for (var s = 0; s < format.Subgroups; s++) EmitSubgroup(code, format, tokens, s, weights, activations);
        code.add(weights, format.GroupBytes);
        code.add(activations, tokens * TileActivations.TokenGroupBytes);
        if (format.GroupsPerBlock > 1)
        {
            code.dec(groups);
            code.jne(nextGroup);
        }
        code.dec(blocks);
        code.jne(nextBlock);

        code.mov(r9, c);
        code.mov(r11, Field(nameof(TileArguments.CRowBytes)));
        for (var t = 0; t < tokens; t++)
        {
            code.vmovups(__zmmword_ptr[r9], Sum(t));
            if (t + 1 < tokens) code.add(r9, r11);
        }
        code.add(c, WeightTileFormat.Rows * sizeof(float));
        code.dec(tiles);
        code.jne(nextTile);
    }

    private static AssemblerRegisterZMM Sum(int token) => EmittedCode.Zmm(token);

    private static AssemblerRegisterZMM Integer(int token) => EmittedCode.Zmm(Integers + token);

    /// <summary>Zeros, or what C has where this is a further part of a tile.</summary>
    private static void EmitFirstSums(Assembler code, int tokens, AssemblerRegister64 c)
    {
        for (var t = 0; t < tokens; t++) code.vpxord(Sum(t), Sum(t), Sum(t));
        var begun = code.CreateLabel();
        code.cmp(Field(nameof(TileArguments.Continues)), 0);
        code.je(begun);
        code.mov(r9, c);
        code.mov(r11, Field(nameof(TileArguments.CRowBytes)));
        for (var t = 0; t < tokens; t++)
        {
            code.vmovups(Sum(t), __zmmword_ptr[r9]);
            if (t + 1 < tokens) code.add(r9, r11);
        }
        code.Label(ref begun);
    }

    private static void EmitMasks(Assembler code, WeightTileFormat format)
    {
        if (format.LowBits == 4) Broadcast(code, LowMask, 0x0F0F0F0F);
        if (format.LowBits == 2) Broadcast(code, LowMask, 0x03030303);
        if (format.HighBits > 0) Broadcast(code, HighMask, ((1u << format.HighBits) - 1) * 0x01010101u << format.LowBits);
        if (!format.HasLevels) return;
        // the levels with 128 added, in every lane of 16 bytes
        code.vpxord(HighMask, HighMask, HighMask);
        for (var i = 3; i >= 0; i--)
        {
            var word = 0u;
            for (var b = 0; b < 4; b++) word |= (uint)(byte)(IQ4_NL.Levels[(4 * i) + b] + 128) << (8 * b);
            Broadcast(code, Code, word);
            code.valignd(HighMask, HighMask, Code, 15); // moves the words up by one and puts this one below
        }
        code.vshufi32x4(HighMask, HighMask, HighMask, 0);
    }

    private static void Broadcast(Assembler code, AssemblerRegisterZMM register, uint word)
    {
        code.mov(r10d, word);
        code.vpbroadcastd(register, r10d);
    }

    private static void EmitSubgroup(Assembler code, WeightTileFormat format, int tokens, int subgroup, AssemblerRegister64 weights, AssemblerRegister64 activations)
    {
        var numbers = tokens * WeightTileFormat.GroupColumns;
        AssemblerMemoryOperand Number(int row, int token) => __dword_bcst[activations + (numbers + (((row * tokens) + token) * sizeof(float)))];
        var sumRow = format.Subgroups == 1 ? TileActivations.Sum : TileActivations.HalfSums + subgroup;
        for (var t = 0; t < tokens; t++)
        {
            if (format.OffsetShift >= 0) code.vpslld(Integer(t), Number(sumRow, t), (byte)format.OffsetShift);
            else code.vpxord(Integer(t), Integer(t), Integer(t));
        }
        var quads = WeightTileFormat.Quads / format.Subgroups;
        foreach (var q in Order(format, subgroup * quads, quads))
        {
            EmitCodes(code, format, q, weights);
            for (var t = 0; t < tokens; t++) code.vpdpbusd(Integer(t), Code, __dword_bcst[activations + ((t * WeightTileFormat.GroupColumns) + (4 * q))]);
        }
        if (format.Scale != TileScale.Half)
        {
            var bytes = __xmmword_ptr[weights + (subgroup * WeightTileFormat.Rows)];
            if (format.Scale == TileScale.SignedByte) code.vpmovsxbd(RowScale, bytes);
            else code.vpmovzxbd(RowScale, bytes);
            code.vcvtdq2ps(RowScale, RowScale);
            code.vmulps(RowScale, RowScale, Factor);
        }
        for (var t = 0; t < tokens; t++)
        {
            code.vcvtdq2ps(Integer(t), Integer(t));
            code.vmulps(Product, RowScale, Number(TileActivations.Scale, t));
            code.vfmadd231ps(Sum(t), Integer(t), Product);
        }
        if (!format.HasMinimum) return;
        var scaledRow = format.Subgroups == 1 ? TileActivations.ScaledSum : TileActivations.ScaledHalfSums + subgroup;
        if (format.Scale == TileScale.Half)
        {
            for (var t = 0; t < tokens; t++) code.vfmadd231ps(Sum(t), MinimumFactor, Number(scaledRow, t));
            return;
        }
        code.vpmovzxbd(Bits, __xmmword_ptr[weights + ((format.Subgroups + subgroup) * WeightTileFormat.Rows)]);
        code.vcvtdq2ps(Bits, Bits);
        code.vmulps(Bits, Bits, MinimumFactor);
        for (var t = 0; t < tokens; t++) code.vfnmadd231ps(Sum(t), Bits, Number(scaledRow, t));
    }

    /// <summary>Quads that share a register of the first plane after each other.</summary>
    private static IEnumerable<int> Order(WeightTileFormat format, int first, int count)
    {
        var step = format.LowBits == 4 ? 4 : format.LowBits == 2 ? 2 : 1;
        return Enumerable.Range(first, count).OrderBy(q => q % step).ThenBy(q => q);
    }

    /// <summary>The codes of a quad, a byte each, to <see cref="Code"/>.</summary>
    private static void EmitCodes(Assembler code, WeightTileFormat format, int quad, AssemblerRegister64 weights)
    {
        var low = format.ScaleBytes;
        switch (format.LowBits)
        {
            case 8:
                code.vmovdqu32(Code, __zmmword_ptr[weights + (low + (quad * WeightTileFormat.QuadBytes))]);
                return;
            case 4:
                Extract(code, Code, __zmmword_ptr[weights + (low + (quad % 4 * WeightTileFormat.QuadBytes))], quad / 4 * 4);
                break;
            default:
                Extract(code, Code, __zmmword_ptr[weights + (low + (quad % 2 * WeightTileFormat.QuadBytes))], quad / 2 * 2);
                break;
        }
        if (format.HasLevels)
        {
            code.vpandd(Code, Code, LowMask);
            code.vpshufb(Code, HighMask, Code);
            return;
        }
        code.vpandd(Code, Code, LowMask);
        if (format.HighBits == 0) return;
        var (register, bit) = format.HighBits == 2 ? (quad % 2, quad / 2 * 2) : (0, quad);
        Extract(code, Bits, __zmmword_ptr[weights + (format.HighPlane + (register * WeightTileFormat.QuadBytes))], bit - format.LowBits);
        code.vpternlogd(Code, Bits, HighMask, 0xF8); // a | (b & c)
    }

    /// <summary>Loads and shifts right (left where negative); bits of neighbouring bytes come along and are masked away by the caller.</summary>
    private static void Extract(Assembler code, AssemblerRegisterZMM to, AssemblerMemoryOperand from, int shift)
    {
        if (shift > 0) code.vpsrlw(to, from, (byte)shift);
        else if (shift < 0) code.vpsllw(to, from, (byte)-shift);
        else code.vmovdqu32(to, from);
    }

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<TileArguments>(name);
}
