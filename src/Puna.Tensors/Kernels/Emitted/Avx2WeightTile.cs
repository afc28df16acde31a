using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// The product of tiles of quantised weights with a panel of activations by AVX2, FMA and F16C. One register has four columns of 8 rows, each token's four activations
/// are broadcast, and every token of the panel has one register of sums, so that codes are taken apart once for all of them; then come the other 8 rows. Sums in single
/// precision lie in a frame on the stack, for up to four tokens in registers. Integers, and the order of everything in single precision, are those of
/// <see cref="VnniWeightTile"/>: the results are the same to the bit.
/// </summary>
internal sealed class Avx2WeightTile
{
    private const int Halves = 2, HalfBytes = 32, MostSumsInRegisters = 4, FirstSum = 4, StagedOffsets = 8;

    // what lies where in the frame
    private const int Ones = 0, LowMask = 32, HighMask = 64, Table = 96, Factors = 128, MinimumFactors = 192, Offsets = 256, Sums = 320,
        SavedStack = Sums + (TileActivations.PanelTokens * Halves * HalfBytes), FrameBytes = SavedStack + 64;

    // registers 0 to 11 have a sum of each token
    private static readonly AssemblerRegisterYMM Code = EmittedCode.Ymm(12), Other = EmittedCode.Ymm(13), Temporary = EmittedCode.Ymm(14), Spare = EmittedCode.Ymm(15);

    private readonly AssemblerRegister64 _weights = r8, _activations = r9, _c = rdx, _tiles = rax, _blocks = r10, _groups = r11;
    private readonly Assembler _code;
    private readonly WeightTileFormat _format;
    private readonly int _tokens;
    private readonly ByteProducts _products;

    private Avx2WeightTile(Assembler code, WeightTileFormat format, int tokens, bool vnni) => (_code, _format, _tokens, _products) = (code, format, tokens, ProductsFor(format, vnni));

    /// <summary>How products of bytes are summed.</summary>
    private enum ByteProducts
    {
        /// <summary>By VPMADDUBSW, added in 16 bits over a whole subgroup: codes are small enough.</summary>
        Words,

        /// <summary>The same over two quads; then in 32 bits.</summary>
        Pairs,

        /// <summary>|code| · (±activation), since unsigned codes would saturate 16 bits; added in 32 bits.</summary>
        Signs,

        /// <summary>By VPDPBUSD of AVX-VNNI.</summary>
        Vnni,
    }

    private bool SumsInRegisters => _tokens <= MostSumsInRegisters;

    private bool MaskInRegister => _products is ByteProducts.Words or ByteProducts.Vnni && _format.LowBits < 8;

    /// <summary>Whether integer sums lack −offset · Σ of the activations.</summary>
    private bool HasOffset => _products != ByteProducts.Signs && _format.OffsetShift >= 0;

    /// <summary>Writes the function for a format and so many tokens.</summary>
    /// <param name="code">Receives it.</param>
    /// <param name="format">The format.</param>
    /// <param name="tokens">1 to 12.</param>
    /// <param name="vnni">Whether the processor has AVX-VNNI.</param>
    public static void Emit(Assembler code, WeightTileFormat format, int tokens, bool vnni) => new Avx2WeightTile(code, format, tokens, vnni).Emit();

    private static ByteProducts ProductsFor(WeightTileFormat format, bool vnni)
    {
        if (vnni) return ByteProducts.Vnni;
        if (format.HasLevels || format.LowBits == 8) return ByteProducts.Signs;
        var largestPair = 2 * 127 * ((1 << (format.LowBits + format.HighBits)) - 1);
        return largestPair * WeightTileFormat.Quads / format.Subgroups <= short.MaxValue ? ByteProducts.Words : ByteProducts.Pairs;
    }

    private void Emit()
    {
        _code.mov(r11, rsp);
        _code.and(rsp, -64);
        _code.sub(rsp, FrameBytes);
        _code.mov(__qword_ptr[rsp + SavedStack], r11);
        EmitConstants();
        _code.mov(_weights, Field(nameof(TileArguments.Weights)));
        _code.mov(_c, Field(nameof(TileArguments.C)));
        _code.mov(_tiles, Field(nameof(TileArguments.Tiles)));

        var nextTile = _code.CreateLabel();
        _code.Label(ref nextTile);
        _code.mov(_activations, Field(nameof(TileArguments.Activations)));
        _code.mov(_blocks, Field(nameof(TileArguments.Blocks)));
        EmitZeros();

        var nextBlock = _code.CreateLabel();
        _code.Label(ref nextBlock);
        EmitHalves(0, Factors);
        if (_format.HasMinimum) EmitHalves(WeightTileFormat.Rows * sizeof(ushort), MinimumFactors);
        _code.add(_weights, _format.HeaderBytes);
        if (_format.GroupsPerBlock > 1) _code.mov(_groups, _format.GroupsPerBlock);
        var nextGroup = _code.CreateLabel();
        _code.Label(ref nextGroup);
        if (_tokens <= VnniWeightTile.FewTokens) EmittedCode.Prefetch(_code, _weights + 0, _format.BlockBytes / _format.GroupsPerBlock);
        for (var s = 0; s < _format.Subgroups; s++)
        {
            EmitOffsets(s);
            for (var half = 0; half < Halves; half++) EmitHalf(s, half);
        }
        _code.add(_weights, _format.GroupBytes);
        _code.add(_activations, _tokens * TileActivations.TokenGroupBytes);
        if (_format.GroupsPerBlock > 1)
        {
            _code.dec(_groups);
            _code.jne(nextGroup);
        }
        _code.dec(_blocks);
        _code.jne(nextBlock);

        EmitResults();
        _code.dec(_tiles);
        _code.jne(nextTile);
        _code.mov(rsp, __qword_ptr[rsp + SavedStack]);
    }

    private void EmitConstants()
    {
        EmitConstant(Ones, 0x00010001);
        if (_format.LowBits < 8) EmitConstant(LowMask, ((1u << _format.LowBits) - 1) * 0x01010101u);
        if (_format.HighBits > 0) EmitConstant(HighMask, ((1u << _format.HighBits) - 1) * 0x01010101u << _format.LowBits);
        if (_format.LowBits == 8) EmitConstant(Table, 0x80808080);
        if (_format.HasLevels)
        {
            var words = new uint[4];
            for (var i = 0; i < 16; i++) words[i / 4] |= (uint)(byte)(IQ4_NL.Levels[i] + (_products == ByteProducts.Vnni ? 128 : 0)) << (8 * (i % 4));
            EmitConstant(Table, words);
        }
        if (_products == ByteProducts.Signs) _code.vmovdqa(Spare, Frame(Ones));
    }

    private void EmitConstant(int at, params uint[] words)
    {
        for (var i = 0; i < 8; i++) _code.mov(__dword_ptr[rsp + (at + (4 * i))], words[i % words.Length]);
    }

    private void EmitZeros()
    {
        if (!SumsInRegisters) _code.vpxor(Temporary, Temporary, Temporary);
        for (var half = 0; half < Halves; half++)
        {
            for (var t = 0; t < _tokens; t++)
            {
                if (SumsInRegisters) _code.vpxor(Sum(t, half), Sum(t, half), Sum(t, half));
                else _code.vmovaps(SumInFrame(t, half), Temporary);
            }
        }
    }

    private void EmitHalves(int at, int to)
    {
        for (var half = 0; half < Halves; half++)
        {
            _code.vcvtph2ps(Temporary, __xmmword_ptr[_weights + (at + (16 * half))]);
            _code.vmovaps(Frame(to + (HalfBytes * half)), Temporary);
        }
    }

    /// <summary>For many tokens what their integer sums lack is made of eight at once and laid into the frame.</summary>
    private void EmitOffsets(int subgroup)
    {
        if (!HasOffset || _tokens < StagedOffsets) return;
        foreach (var first in new[] { 0, _tokens - StagedOffsets })
        {
            _code.vmovdqu(Temporary, __ymmword_ptr[_activations + NumberAt(SumRow(subgroup), first)]);
            _code.vpslld(Temporary, Temporary, (byte)_format.OffsetShift);
            _code.vmovdqu(__ymmword_ptr[rsp + (Offsets + (first * sizeof(int)))], Temporary);
        }
    }

    private void EmitOffset(AssemblerRegisterYMM to, int subgroup, int token)
    {
        _code.vpbroadcastd(to, _tokens < StagedOffsets ? Number(SumRow(subgroup), token) : __dword_ptr[rsp + (Offsets + (token * sizeof(int)))]);
        if (_tokens < StagedOffsets) _code.vpslld(to, to, (byte)_format.OffsetShift);
    }

    /// <summary>Eight rows times all tokens over a subgroup.</summary>
    private void EmitHalf(int subgroup, int half)
    {
        var quads = WeightTileFormat.Quads / _format.Subgroups;
        if (MaskInRegister) _code.vmovdqa(Spare, Frame(LowMask));
        if (_products == ByteProducts.Vnni) EmitFirstIntegers(subgroup);
        for (var q = 0; q < quads; q += _products == ByteProducts.Pairs ? 2 : 1) EmitQuad((subgroup * quads) + q, half, q == 0);
        if (_products == ByteProducts.Words) _code.vmovdqa(Spare, Frame(Ones));
        EmitScale(subgroup, half);
        for (var t = 0; t < _tokens; t++) EmitSum(subgroup, half, t);
    }

    private void EmitFirstIntegers(int subgroup)
    {
        for (var t = 0; t < _tokens; t++)
        {
            if (HasOffset) EmitOffset(Integer(t), subgroup, t);
            else _code.vpxor(Integer(t), Integer(t), Integer(t));
        }
    }

    /// <summary>A quad (of pairs: two) times all tokens, to or added to their integer sums.</summary>
    private void EmitQuad(int quad, int half, bool isFirst)
    {
        if (_products == ByteProducts.Signs) EmitSignedCodes(quad, half);
        else EmitCodes(Code, quad, half);
        if (_products == ByteProducts.Pairs) EmitCodes(Other, quad + 1, half);
        for (var t = 0; t < _tokens; t++)
        {
            var to = isFirst ? Integer(t) : Temporary;
            _code.vpbroadcastd(Temporary, Activations(t, quad));
            switch (_products)
            {
                case ByteProducts.Words:
                    _code.vpmaddubsw(to, Code, Temporary);
                    if (!isFirst) _code.vpaddw(Integer(t), Integer(t), Temporary);
                    continue;
                case ByteProducts.Vnni:
                    _code.vpdpbusd(Integer(t), Code, Temporary);
                    continue;
                case ByteProducts.Pairs:
                    _code.vpmaddubsw(Temporary, Code, Temporary);
                    _code.vpbroadcastd(Spare, Activations(t, quad + 1));
                    _code.vpmaddubsw(Spare, Other, Spare);
                    _code.vpaddw(Temporary, Temporary, Spare);
                    _code.vpmaddwd(to, Temporary, Frame(Ones));
                    break;
                default:
                    _code.vpsignb(Temporary, Temporary, Other);
                    _code.vpmaddubsw(Temporary, Code, Temporary);
                    _code.vpmaddwd(to, Temporary, Spare);
                    break;
            }
            if (!isFirst) _code.vpaddd(Integer(t), Integer(t), Temporary);
        }
    }

    /// <summary>The rows' scales to <see cref="Code"/>, their minima to <see cref="Other"/>.</summary>
    private void EmitScale(int subgroup, int half)
    {
        var (factors, minima) = (Frame(Factors + (HalfBytes * half)), Frame(MinimumFactors + (HalfBytes * half)));
        if (_format.Scale == TileScale.Half)
        {
            _code.vmovaps(Code, factors);
            if (_format.HasMinimum) _code.vmovaps(Other, minima);
            return;
        }
        var at = (subgroup * WeightTileFormat.Rows) + (8 * half);
        if (_format.Scale == TileScale.SignedByte) _code.vpmovsxbd(Code, __qword_ptr[_weights + at]);
        else _code.vpmovzxbd(Code, __qword_ptr[_weights + at]);
        _code.vcvtdq2ps(Code, Code);
        _code.vmulps(Code, Code, factors);
        if (!_format.HasMinimum) return;
        _code.vpmovzxbd(Other, __qword_ptr[_weights + ((_format.Subgroups * WeightTileFormat.Rows) + at)]);
        _code.vcvtdq2ps(Other, Other);
        _code.vmulps(Other, Other, minima);
    }

    /// <summary>A token's integers, scaled, to its sum in single precision.</summary>
    private void EmitSum(int subgroup, int half, int token)
    {
        var integer = Integer(token);
        if (_products == ByteProducts.Words) _code.vpmaddwd(integer, integer, Spare);
        if (HasOffset && _products != ByteProducts.Vnni)
        {
            EmitOffset(Temporary, subgroup, token);
            _code.vpaddd(integer, integer, Temporary);
        }
        _code.vcvtdq2ps(integer, integer);
        _code.vbroadcastss(Temporary, Number(TileActivations.Scale, token));
        _code.vmulps(Temporary, Temporary, Code);
        var sum = SumsInRegisters ? Sum(token, half) : integer;
        if (SumsInRegisters) _code.vfmadd231ps(sum, integer, Temporary);
        else _code.vfmadd213ps(integer, Temporary, SumInFrame(token, half));
        if (_format.HasMinimum)
        {
            _code.vbroadcastss(Temporary, Number(_format.Subgroups == 1 ? TileActivations.ScaledSum : TileActivations.ScaledHalfSums + subgroup, token));
            if (_format.Scale == TileScale.Half) _code.vfmadd231ps(sum, Other, Temporary);
            else _code.vfnmadd231ps(sum, Other, Temporary);
        }
        if (!SumsInRegisters) _code.vmovaps(SumInFrame(token, half), sum);
    }

    private void EmitResults()
    {
        _code.mov(r9, _c);
        _code.mov(r11, Field(nameof(TileArguments.CRowBytes)));
        for (var t = 0; t < _tokens; t++)
        {
            for (var half = 0; half < Halves; half++)
            {
                if (!SumsInRegisters) _code.vmovaps(Temporary, SumInFrame(t, half));
                _code.vmovups(__ymmword_ptr[r9 + (HalfBytes * half)], SumsInRegisters ? Sum(t, half) : Temporary);
            }
            if (t + 1 < _tokens) _code.add(r9, r11);
        }
        _code.add(_c, WeightTileFormat.Rows * sizeof(float));
    }

    /// <summary>The codes of a quad less their offset to <see cref="Other"/>, their magnitudes to <see cref="Code"/>.</summary>
    private void EmitSignedCodes(int quad, int half)
    {
        if (_format.LowBits == 8)
        {
            _code.vmovdqa(Other, Frame(Table));
            _code.vpxor(Other, Other, Plane(_format.ScaleBytes, quad, half));
        }
        else
        {
            EmitCodes(Other, quad, half);
        }
        _code.vpabsb(Code, Other);
    }

    /// <summary>The codes of a quad, a byte each; <see cref="Temporary"/> is lost.</summary>
    private void EmitCodes(AssemblerRegisterYMM to, int quad, int half)
    {
        if (_format.LowBits == 8)
        {
            _code.vmovdqu(to, Plane(_format.ScaleBytes, quad, half));
            return;
        }
        var (register, shift) = _format.LowBits == 4 ? (quad % 4, quad / 4 * 4) : (quad % 2, quad / 2 * 2);
        EmitBits(to, Plane(_format.ScaleBytes, register, half), shift);
        if (MaskInRegister) _code.vpand(to, to, Spare);
        else _code.vpand(to, to, Frame(LowMask));
        if (_format.HasLevels)
        {
            _code.vmovdqa(Temporary, Frame(Table));
            _code.vpshufb(to, Temporary, to);
        }
        if (_format.HighBits == 0) return;
        (register, shift) = _format.HighBits == 2 ? (quad % 2, quad / 2 * 2) : (0, quad);
        EmitBits(Temporary, Plane(_format.HighPlane, register, half), shift - _format.LowBits);
        _code.vpand(Temporary, Temporary, Frame(HighMask));
        _code.vpor(to, to, Temporary);
    }

    /// <summary>Loads and shifts right (left where negative); bits of neighbouring bytes come along and are masked away by the caller.</summary>
    private void EmitBits(AssemblerRegisterYMM to, AssemblerMemoryOperand from, int shift)
    {
        _code.vmovdqu(to, from);
        if (shift > 0) _code.vpsrlw(to, to, (byte)shift);
        if (shift < 0) _code.vpsllw(to, to, (byte)-shift);
    }

    private static AssemblerRegisterYMM Integer(int token) => EmittedCode.Ymm(token);

    private static AssemblerRegisterYMM Sum(int token, int half) => EmittedCode.Ymm(FirstSum + (Halves * token) + half);

    private static AssemblerMemoryOperand SumInFrame(int token, int half) => Frame(Sums + (((Halves * token) + half) * HalfBytes));

    private static AssemblerMemoryOperand Frame(int at) => __ymmword_ptr[rsp + at];

    private static AssemblerMemoryOperand Field(string name) => EmittedCode.Field<TileArguments>(name);

    private AssemblerMemoryOperand Plane(int plane, int register, int half) => __ymmword_ptr[_weights + (plane + (register * WeightTileFormat.QuadBytes) + (HalfBytes * half))];

    private AssemblerMemoryOperand Activations(int token, int quad) => __dword_ptr[_activations + ((token * WeightTileFormat.GroupColumns) + (4 * quad))];

    private AssemblerMemoryOperand Number(int row, int token) => __dword_ptr[_activations + NumberAt(row, token)];

    private int NumberAt(int row, int token) => (_tokens * WeightTileFormat.GroupColumns) + (((row * _tokens) + token) * sizeof(float));

    private int SumRow(int subgroup) => _format.Subgroups == 1 ? TileActivations.Sum : TileActivations.HalfSums + subgroup;
}
