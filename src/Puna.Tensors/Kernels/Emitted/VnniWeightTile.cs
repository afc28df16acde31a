using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;
using static Puna.Tensors.TileStreams;

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

    /// <summary>As many sums, and as many integers, as there are where several tiles are read at once; the registers behind them keep factors of each.</summary>
    private const int MostInStreams = 8;

    private const int Integers = TileActivations.PanelTokens; // the registers after the sums
    private static readonly AssemblerRegisterZMM Code = EmittedCode.Zmm(24), Bits = EmittedCode.Zmm(25), RowScale = EmittedCode.Zmm(26),
        LowMask = EmittedCode.Zmm(29), HighMask = EmittedCode.Zmm(30), Product = EmittedCode.Zmm(31);

    /// <summary>Writes the function for a format and so many tokens.</summary>
    public static void Emit(Assembler code, WeightTileFormat format, int tokens)
    {
        EmitMasks(code, format);
        TileStreams.Emit(code, tokens switch { <= 2 => 4, <= 4 => 2, _ => 1 }, format.BlockBytes, count => EmitTile(code, format, tokens, count));
    }

    private static void EmitTile(Assembler code, WeightTileFormat format, int tokens, int streams)
    {
        EmitFirstSums(code, tokens, streams);
        code.mov(Activations, Field(nameof(TileArguments.Activations)));
        code.mov(Blocks, Field(nameof(TileArguments.Blocks)));

        var (nextBlock, nextGroup, groups, scales) = (code.CreateLabel(), code.CreateLabel(), r11, format.HeaderBytes);
        code.Label(ref nextBlock);
        if (format.GroupsPerBlock > 1)
        {
            for (var s = 0; s < streams; s++)
            {
                code.vcvtph2ps(Factor(streams, s), __ymmword_ptr[At(s)]);
                if (format.HasMinimum) code.vcvtph2ps(MinimumFactor(streams, s), __ymmword_ptr[At(s) + 32]);
            }
            code.add(Weights, format.HeaderBytes);
            scales = 0;
            code.mov(groups, format.GroupsPerBlock);
            code.Label(ref nextGroup);
        }
        for (var s = 0; s < streams; s++)
        {
            if (tokens <= FewTokens) EmittedCode.Prefetch(code, At(s), format.BlockBytes / format.GroupsPerBlock);
            if (format.Scale == TileScale.Half) code.vcvtph2ps(RowScale, __ymmword_ptr[At(s)]);
            if (format.Scale == TileScale.Half && format.HasMinimum) code.vcvtph2ps(MinimumFactor(streams, s), __ymmword_ptr[At(s) + 32]);
            for (var subgroup = 0; subgroup < format.Subgroups; subgroup++) EmitSubgroup(code, format, tokens, subgroup, streams, s, At(s) + scales);
        }
        code.add(Weights, scales + format.GroupBytes);
        code.add(Activations, tokens * TileActivations.TokenGroupBytes);
        if (format.GroupsPerBlock > 1)
        {
            code.dec(groups);
            code.jne(nextGroup);
        }
        code.dec(Blocks);
        code.jne(nextBlock);
        EmitResults(code, tokens, streams, (stream, token) => Sum((stream * tokens) + token));
    }

    private static AssemblerRegisterZMM Sum(int lane) => EmittedCode.Zmm(lane);

    private static AssemblerRegisterZMM Integer(int lane) => EmittedCode.Zmm(Integers + lane);

    private static AssemblerRegisterZMM Factor(int streams, int stream) => EmittedCode.Zmm(streams == 1 ? 27 : MostInStreams + stream);

    private static AssemblerRegisterZMM MinimumFactor(int streams, int stream) => EmittedCode.Zmm(streams == 1 ? 28 : Integers + MostInStreams + stream);

    /// <summary>Zeros, or what C has where this is a further part of a tile, which comes alone.</summary>
    private static void EmitFirstSums(Assembler code, int tokens, int streams)
    {
        for (var i = 0; i < tokens * streams; i++) code.vpxord(Sum(i), Sum(i), Sum(i));
        if (streams > 1) return;
        var begun = code.CreateLabel();
        code.cmp(Field(nameof(TileArguments.Continues)), 0);
        code.je(begun);
        code.mov(r9, Results);
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

    private static void EmitSubgroup(Assembler code, WeightTileFormat format, int tokens, int subgroup, int streams, int stream, AssemblerMemoryOperand weights)
    {
        var lane = stream * tokens;
        var numbers = tokens * WeightTileFormat.GroupColumns;
        AssemblerMemoryOperand Number(int row, int token) => __dword_bcst[Activations + (numbers + (((row * tokens) + token) * sizeof(float)))];
        var sumRow = format.Subgroups == 1 ? TileActivations.Sum : TileActivations.HalfSums + subgroup;
        for (var t = 0; t < tokens; t++)
        {
            if (format.OffsetShift >= 0) code.vpslld(Integer(lane + t), Number(sumRow, t), (byte)format.OffsetShift);
            else code.vpxord(Integer(lane + t), Integer(lane + t), Integer(lane + t));
        }
        var quads = WeightTileFormat.Quads / format.Subgroups;
        foreach (var q in Order(format, subgroup * quads, quads))
        {
            EmitCodes(code, format, q, weights);
            for (var t = 0; t < tokens; t++) code.vpdpbusd(Integer(lane + t), Code, __dword_bcst[Activations + ((t * WeightTileFormat.GroupColumns) + (4 * q))]);
        }
        if (format.Scale != TileScale.Half)
        {
            var bytes = __xmmword_ptr[weights + (subgroup * WeightTileFormat.Rows)];
            if (format.Scale == TileScale.SignedByte) code.vpmovsxbd(RowScale, bytes);
            else code.vpmovzxbd(RowScale, bytes);
            code.vcvtdq2ps(RowScale, RowScale);
            code.vmulps(RowScale, RowScale, Factor(streams, stream));
        }
        for (var t = 0; t < tokens; t++)
        {
            code.vcvtdq2ps(Integer(lane + t), Integer(lane + t));
            code.vmulps(Product, RowScale, Number(TileActivations.Scale, t));
            code.vfmadd231ps(Sum(lane + t), Integer(lane + t), Product);
        }
        if (!format.HasMinimum) return;
        var scaledRow = format.Subgroups == 1 ? TileActivations.ScaledSum : TileActivations.ScaledHalfSums + subgroup;
        if (format.Scale == TileScale.Half)
        {
            for (var t = 0; t < tokens; t++) code.vfmadd231ps(Sum(lane + t), MinimumFactor(streams, stream), Number(scaledRow, t));
            return;
        }
        code.vpmovzxbd(Bits, __xmmword_ptr[weights + ((format.Subgroups + subgroup) * WeightTileFormat.Rows)]);
        code.vcvtdq2ps(Bits, Bits);
        code.vmulps(Bits, Bits, MinimumFactor(streams, stream));
        for (var t = 0; t < tokens; t++) code.vfnmadd231ps(Sum(lane + t), Bits, Number(scaledRow, t));
    }

    /// <summary>Quads that share a register of the first plane after each other.</summary>
    private static IEnumerable<int> Order(WeightTileFormat format, int first, int count)
    {
        var step = format.LowBits == 4 ? 4 : format.LowBits == 2 ? 2 : 1;
        return Enumerable.Range(first, count).OrderBy(q => q % step).ThenBy(q => q);
    }

    /// <summary>The codes of a quad, a byte each, to <see cref="Code"/>.</summary>
    private static void EmitCodes(Assembler code, WeightTileFormat format, int quad, AssemblerMemoryOperand weights)
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
