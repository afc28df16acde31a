using Iced.Intel;
using Puna.Tensors;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tests.Tensors;

/// <summary>What is assembled consists of the instructions that its tier's test of the machine covers, and leaves alone what belongs to the caller.</summary>
public unsafe class EmittedCodeTests
{
    /// <summary>What every processor of a tier has that is assembled at all; AVX and SSE are for VZEROUPPER and the registers that Windows keeps.</summary>
    private static readonly CpuidFeature[] Base = [CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL386, CpuidFeature.X64, CpuidFeature.SSE, CpuidFeature.AVX];

    public static TheoryData<string> Sets => ["avx512bf16", "avx512vnni", "amx bf16", "amx int8", "amx weights", "attention", "avx2 tiles", "avx2 tiles with AVX-VNNI"];

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_loop_consists_of_instructions_of_its_own_set(string set)
    {
        var (bodies, own) = Bodies(set);
        foreach (var (body, windows) in bodies.SelectMany(body => new[] { (body, false), (body, true) }))
        {
            var used = CodeInterpreter.Decode(EmittedCode.Write(body, windows)).SelectMany(instruction => instruction.CpuidFeatures).Distinct().ToList();
            used.Except(Base).Except(own).ShouldBeEmpty();
            used.ShouldContain(own[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_loop_changes_only_what_a_function_may_change(string set)
    {
        var general = new[] { Register.RAX, Register.RCX, Register.RDX, Register.R8, Register.R9, Register.R10, Register.R11, Register.RSP };
        var factory = new InstructionInfoFactory();
        foreach (var body in Bodies(set).Bodies)
        {
            var code = CodeInterpreter.Decode(EmittedCode.Write(body, windows: true));
            var saved = code.Where(i => i.Mnemonic == Mnemonic.Movups && i.Op0Kind == OpKind.Memory).Select(i => i.Op1Register).ToList();
            saved.ShouldBe(Enumerable.Range(6, 10).Select(i => Register.XMM0 + i));
            foreach (var instruction in code)
                foreach (var register in factory.GetInfo(instruction).GetUsedRegisters())
                {
                    if (register.Access is OpAccess.Read or OpAccess.CondRead or OpAccess.NoMemAccess) continue;
                    var whole = register.Register.GetFullRegister();
                    (register.Register.IsGPR() ? general.Contains(whole) : register.Register.IsVectorRegister() || register.Register.IsK() || register.Register.IsTMM())
                        .ShouldBeTrue($"{instruction} changes {register.Register}");
                }
            code[^1].Mnemonic.ShouldBe(Mnemonic.Ret);
            code.Where(i => i.FlowControl is FlowControl.ConditionalBranch or FlowControl.UnconditionalBranch).ShouldAllBe(i => code.Any(target => target.IP == i.NearBranchTarget));
        }
    }

    /// <summary>By hand from the opcodes of the Intel Software Developer's Manual, volume 2: the interpreter reads with the package that also wrote.</summary>
    [Fact]
    public void Tile_instructions_are_encoded_as_the_manual_says()
    {
        (Action<Assembler> Write, byte[] Bytes)[] expected =
        [
            (code => code.ldtilecfg(__[rcx]), [0xC4, 0xE2, 0x78, 0x49, 0x01]), // VEX.128.NP.0F38.W0 49
            (code => code.tilerelease(), [0xC4, 0xE2, 0x78, 0x49, 0xC0]),
            (code => code.tilezero(tmm1), [0xC4, 0xE2, 0x7B, 0x49, 0xC8]), // F2 49
            (code => code.tileloadd(tmm4, __[r10 + rdx]), [0xC4, 0xC2, 0x7B, 0x4B, 0x24, 0x12]), // F2 4B
            (code => code.tilestored(__[r10 + r11 + 64], tmm3), [0xC4, 0x82, 0x7A, 0x4B, 0x5C, 0x1A, 0x40]), // F3 4B
            (code => code.tdpbf16ps(tmm0, tmm6, tmm4), [0xC4, 0xE2, 0x5A, 0x5C, 0xC6]), // F3 5C, the third operand in vvvv
            (code => code.tdpbssd(tmm0, tmm6, tmm4), [0xC4, 0xE2, 0x5B, 0x5E, 0xC6]), // F2 5E
        ];
        byte[] before = [0x48, 0x89, 0xF9], after = [0xC5, 0xF8, 0x77, 0xC3]; // mov rcx, rdi; vzeroupper; ret
        foreach (var (write, bytes) in expected) EmittedCode.Write(write, windows: false).ShouldBe([.. before, .. bytes, .. after]);
    }

    [Fact]
    public void A_tile_loop_spins_without_touching_memory()
    {
        foreach (var format in Enum.GetValues<AmxFormat>())
        {
            var argument = new AmxTileArguments { Configuration = AmxTile.Configuration(32, 32) };
            var interpreter = new CodeInterpreter(EmittedCode.Write(code => AmxTile.EmitSpin(code, 3, format), windows: false), windows: false);
            interpreter.Allowed.Add(((nint)(&argument), sizeof(TileConfiguration)));
            interpreter.Call(&argument);
        }
    }

    [SkippableFact]
    public void An_assembled_function_is_called_with_its_argument()
    {
        Skip.IfNot(System.Runtime.Intrinsics.X86.X86Base.X64.IsSupported && ExecutableMemory.Problem is null, "this machine does not run x86-64 code that the process wrote");
        Skip.IfNot(System.Runtime.Intrinsics.X86.Avx.IsSupported, "every function ends with an instruction of AVX");
        var functions = EmittedCode.Assemble(
            code => code.inc(__qword_ptr[EmittedCode.Argument]),
            code => code.add(__qword_ptr[EmittedCode.Argument], 40));
        long number = 1;
        foreach (var function in functions) function(&number);
        number.ShouldBe(42);
        var state = TileRegisters.EnabledState();
        (state & 0b111).ShouldBe(0b111UL, "x87, SSE and AVX registers are saved wherever AVX is used");
    }

    private static IEnumerable<Action<Assembler>> WeightTiles(bool vnni) =>
        from format in WeightTileFormat.All
        from tokens in new[] { 1, 4, 5, 8, TileActivations.PanelTokens }
        select (Action<Assembler>)(code => Avx2WeightTile.Emit(code, format, tokens, vnni));

    private static (Action<Assembler>[] Bodies, CpuidFeature[] Own) Bodies(string set) => set switch
    {
        "avx512bf16" => (
            [
                .. from rows in Enumerable.Range(1, BFloat16Tile.Rows)
                   from width in Enumerable.Range(1, BFloat16Tile.Widest)
                   from readsRows in new[] { false, true }
                   select (Action<Assembler>)(code => BFloat16Tile.Emit(code, rows, width, readsRows)),
                Avx512BFloat16Kernel.EmitSpin,
            ], [CpuidFeature.PREFETCHW, CpuidFeature.SSE, CpuidFeature.AVX512F, CpuidFeature.AVX512_BF16]), // a processor without PREFETCHW takes it for a NOP
        "avx512vnni" => (Avx512VnniKernel.Bodies(), [CpuidFeature.AVX512F, CpuidFeature.AVX512_VNNI]),
        "amx bf16" => (AmxProduct.Bodies(AmxFormat.BFloat16), [CpuidFeature.AMX_TILE, CpuidFeature.AMX_BF16]),
        "amx int8" => (AmxProduct.Bodies(AmxFormat.SignedBytes), [CpuidFeature.AMX_TILE, CpuidFeature.AMX_INT8]),
        "amx weights" => (
            [
                .. from format in WeightTileFormat.All.DistinctBy(format => (format.Subgroups, format.HasMinimum))
                   from tokens in Enumerable.Range(1, AmxWeightTile.PanelTokens)
                   select (Action<Assembler>)(code => AmxWeightTile.Emit(code, format, tokens)),
            ], [CpuidFeature.AVX512F, CpuidFeature.AMX_TILE, CpuidFeature.AMX_INT8]),
        "attention" => ([.. Enum.GetValues<CacheType>().SelectMany(EmittedAttentionTiles.Bodies)], [CpuidFeature.AVX512F]),
        "avx2 tiles" => (
            [
                .. WeightTiles(vnni: false),
                .. from kind in new[] { FloatTileKind.Single, FloatTileKind.Half, FloatTileKind.BFloat16AsSingle }
                   from tokens in Enumerable.Range(1, FloatWeightTile.PanelTokens)
                   select (Action<Assembler>)(code => Avx2FloatTile.Emit(code, kind, tokens)),
            ], [CpuidFeature.FMA, CpuidFeature.F16C, CpuidFeature.AVX2]),
        "avx2 tiles with AVX-VNNI" => ([.. WeightTiles(vnni: true)], [CpuidFeature.FMA, CpuidFeature.F16C, CpuidFeature.AVX2, CpuidFeature.AVX_VNNI]),
        _ => throw new ArgumentOutOfRangeException(nameof(set)),
    };
}
