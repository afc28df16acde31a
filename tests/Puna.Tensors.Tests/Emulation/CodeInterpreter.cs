using System.Runtime.InteropServices;
using Iced.Intel;

namespace Puna.Tests.Tensors;

/// <summary>
/// Executes the machine code of one emitted function against real memory, so that loops for a tile unit can be tested on processors without
/// one. It knows the instructions that those loops consist of (on general registers, on tiles, on whole vector registers) and nothing else. Registers begin with values that are no addresses; at the end
/// those that a caller keeps, the stack and the tile unit must be as they were.
/// </summary>
internal sealed unsafe class CodeInterpreter
{
    private const int StackBytes = 4096, XmmBytes = 16;
    private const ulong Poison = 0xDEAD_0000_0000_0000, ReturnAddress = 0x1234_5678_9ABC_DEF0;
    private const ulong LeastAddress = 0x10000, MostAddress = 1UL << 47;
    private const long MostInstructions = 50_000_000;
    private readonly Dictionary<ulong, Instruction> _code = [];
    private readonly bool _windows;
    private readonly ulong[] _registers = new ulong[16];
    private readonly VectorUnit _vectors = new();
    private readonly TileUnit _tiles = new();
    private bool _zero;

    /// <summary>Decodes a function.</summary>
    /// <param name="bytes">Its code.</param>
    /// <param name="windows">Which calling convention it follows.</param>
    public CodeInterpreter(byte[] bytes, bool windows)
    {
        _windows = windows;
        foreach (var instruction in Decode(bytes)) _code.Add(instruction.IP, instruction);
    }

    /// <summary>Memory that the code may touch beside its stack; everything where empty.</summary>
    public List<(nint First, long Bytes)> Allowed { get; } = [];

    /// <summary>The instructions of a function that lies at address 0.</summary>
    public static List<Instruction> Decode(byte[] bytes)
    {
        var decoder = Decoder.Create(64, bytes);
        var instructions = new List<Instruction>();
        while (decoder.IP < (ulong)bytes.Length)
        {
            var instruction = decoder.Decode();
            if (instruction.IsInvalid) throw new ProcessorFault($"#UD: no instruction at byte {instruction.IP}");
            instructions.Add(instruction);
        }
        return instructions;
    }

    /// <summary>Calls the function.</summary>
    /// <exception cref="ProcessorFault">A processor would have stopped, or the function breaks its calling convention.</exception>
    public void Call(void* argument)
    {
        var stack = (byte*)NativeMemory.AlignedAlloc(StackBytes, 64);
        try
        {
            var stackAddress = ((nint)stack, (long)StackBytes);
            if (Allowed.Count > 0) Allowed.Add(stackAddress);
            for (var i = 0; i < 16; i++) _registers[i] = Poison + (ulong)i;
            for (var i = 0; i < 32; i++) MemoryMarshal.Cast<byte, ulong>(_vectors.Bytes(i)).Fill(Poison + (ulong)i);
            Register(Iced.Intel.Register.RSP) = (ulong)(stack + StackBytes - 8);
            *(ulong*)Register(Iced.Intel.Register.RSP) = ReturnAddress;
            Register(_windows ? Iced.Intel.Register.RCX : Iced.Intel.Register.RDI) = (ulong)argument;
            var (before, vectorsBefore) = ((ulong[])_registers.Clone(), LowVectors());
            Run();
            before[Index(Iced.Intel.Register.RSP)] += 8;
            foreach (var register in Kept())
                if (_registers[Index(register)] != before[Index(register)]) throw new ProcessorFault($"{register} is not what it was before the call");
            if (_windows && !LowVectors().AsSpan(6 * XmmBytes).SequenceEqual(vectorsBefore.AsSpan(6 * XmmBytes))) throw new ProcessorFault("xmm6 to xmm15 are not what they were before the call");
            if (_tiles.Configured) throw new ProcessorFault("the tiles were not released");
            Allowed.Remove(stackAddress);
        }
        finally
        {
            NativeMemory.AlignedFree(stack);
        }
    }

    private Register[] Kept()
    {
        Register[] both = [Iced.Intel.Register.RSP, Iced.Intel.Register.RBX, Iced.Intel.Register.RBP, Iced.Intel.Register.R12, Iced.Intel.Register.R13, Iced.Intel.Register.R14, Iced.Intel.Register.R15];
        return _windows ? [.. both, Iced.Intel.Register.RSI, Iced.Intel.Register.RDI] : both;
    }

    private byte[] LowVectors() => [.. Enumerable.Range(0, 16).SelectMany(i => _vectors.Bytes(i, XmmBytes).ToArray())];

    private void Run()
    {
        ulong ip = 0;
        for (long count = 0; ; count++)
        {
            if (count > MostInstructions) throw new ProcessorFault("the loop does not end");
            if (!_code.TryGetValue(ip, out var instruction)) throw new ProcessorFault($"a jump to byte {ip}, where no instruction begins");
            ip = instruction.NextIP;
            switch (instruction.Mnemonic)
            {
                case Mnemonic.Ret:
                    if (*(ulong*)Register(Iced.Intel.Register.RSP) != ReturnAddress) throw new ProcessorFault("the return address is not where the stack points to");
                    Register(Iced.Intel.Register.RSP) += 8;
                    return;
                case Mnemonic.Jmp:
                    ip = instruction.NearBranchTarget;
                    break;
                case Mnemonic.Je:
                    if (_zero) ip = instruction.NearBranchTarget;
                    break;
                case Mnemonic.Jne:
                    if (!_zero) ip = instruction.NearBranchTarget;
                    break;
                default:
                    Execute(instruction);
                    break;
            }
        }
    }

    private void Execute(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Nop:
                break;
            case Mnemonic.Vzeroupper:
                _vectors.ClearUpper();
                break;
            case Mnemonic.Mov:
                Write(instruction, Read(instruction, 1));
                break;
            case Mnemonic.Lea:
                Write(instruction, Address(instruction));
                break;
            case Mnemonic.Add:
                Result(instruction, Read(instruction, 0) + Read(instruction, 1));
                break;
            case Mnemonic.Sub:
                Result(instruction, Read(instruction, 0) - Read(instruction, 1));
                break;
            case Mnemonic.Dec:
                Result(instruction, Read(instruction, 0) - 1);
                break;
            case Mnemonic.Shl:
                Result(instruction, Read(instruction, 0) << instruction.Immediate8);
                break;
            case Mnemonic.Cmp:
                _zero = Read(instruction, 0) == Read(instruction, 1);
                break;
            case Mnemonic.Test:
                _zero = (Read(instruction, 0) & Read(instruction, 1)) == 0;
                break;
            case Mnemonic.Movups or Mnemonic.Vmovups when instruction.Op0Kind == OpKind.Memory:
                var stored = Vector(instruction.Op1Register, instruction);
                stored.CopyTo(new Span<byte>((void*)Checked(Address(instruction), stored.Length), stored.Length));
                break;
            case Mnemonic.Movups or Mnemonic.Vmovups:
                var loaded = Vector(instruction.Op0Register, instruction);
                new ReadOnlySpan<byte>((void*)Checked(Address(instruction), loaded.Length), loaded.Length).CopyTo(loaded);
                break;
            case Mnemonic.Prefetcht0:
                break;
            case Mnemonic.Vpxord:
                _vectors.Xor(Zmm(instruction), Vector(instruction, 1), Vector(instruction, 2));
                break;
            case Mnemonic.Vcvtdq2ps:
                _vectors.ConvertIntegers(Zmm(instruction), Vector(instruction, 1));
                break;
            case Mnemonic.Vmulps:
                _vectors.Multiply(Zmm(instruction), Vector(instruction, 1), Vector(instruction, 2));
                break;
            case Mnemonic.Vfmadd231ps:
                _vectors.MultiplyAdd(Zmm(instruction), Vector(instruction, 1), Vector(instruction, 2));
                break;
            case Mnemonic.Ldtilecfg:
                _tiles.Configure(new ReadOnlySpan<byte>((void*)Checked(Address(instruction), 64), 64));
                break;
            case Mnemonic.Tilerelease:
                _tiles.Release();
                break;
            case Mnemonic.Tilezero:
                _tiles.Zero(Tile(instruction.Op0Register));
                break;
            case Mnemonic.Tileloadd:
                _tiles.Load(Tile(instruction.Op0Register), RowAddress(instruction), Stride(instruction), (address, bytes) => Checked(address, bytes));
                break;
            case Mnemonic.Tilestored:
                _tiles.Store(Tile(instruction.Op1Register), RowAddress(instruction), Stride(instruction), (address, bytes) => Checked(address, bytes));
                break;
            case Mnemonic.Tdpbf16ps:
                _tiles.MultiplyBFloat16(Tile(instruction.Op0Register), Tile(instruction.Op1Register), Tile(instruction.Op2Register));
                break;
            case Mnemonic.Tdpbssd:
                _tiles.MultiplySignedBytes(Tile(instruction.Op0Register), Tile(instruction.Op1Register), Tile(instruction.Op2Register));
                break;
            default:
                throw new ProcessorFault($"{instruction} is not among the instructions that tile loops consist of");
        }
    }

    /// <summary>The number of the 64-byte register that an instruction writes.</summary>
    private static int Zmm(in Instruction instruction)
    {
        if (!instruction.Op0Register.IsZMM() || instruction.OpMask != Iced.Intel.Register.None) throw new ProcessorFault($"{instruction}: not a whole register of 64 bytes");
        return instruction.Op0Register - Iced.Intel.Register.ZMM0;
    }

    /// <summary>A register of 16 bytes, or of 64 with nothing masked.</summary>
    private Span<byte> Vector(Register register, in Instruction instruction)
    {
        if (instruction.OpMask != Iced.Intel.Register.None) throw new ProcessorFault($"{instruction}: a mask");
        if (register.IsXMM() && instruction.Mnemonic == Mnemonic.Movups) return _vectors.Bytes(register - Iced.Intel.Register.XMM0, XmmBytes);
        return register.IsZMM() ? _vectors.Bytes(register - Iced.Intel.Register.ZMM0) : throw new ProcessorFault($"{instruction}: not a register of 64 bytes");
    }

    /// <summary>An operand of 64 bytes: a copy of a register, memory, or four bytes of memory for every element.</summary>
    private byte[] Vector(in Instruction instruction, int operand)
    {
        if (instruction.GetOpKind(operand) == OpKind.Register) return Vector(instruction.GetOpRegister(operand), instruction).ToArray();
        var bytes = instruction.IsBroadcast ? sizeof(uint) : VectorUnit.RegisterBytes;
        var memory = new ReadOnlySpan<byte>((void*)Checked(Address(instruction), bytes), bytes);
        if (!instruction.IsBroadcast) return memory.ToArray();
        var values = new byte[VectorUnit.RegisterBytes];
        MemoryMarshal.Cast<byte, uint>(values.AsSpan()).Fill(MemoryMarshal.Read<uint>(memory));
        return values;
    }

    private static int Tile(Register register) => register - Iced.Intel.Register.TMM0;

    private static int Index(Register register)
    {
        var index = register - Iced.Intel.Register.RAX;
        return index is >= 0 and < 16 ? index : throw new ProcessorFault($"register {register} is not a general one of 64 bits");
    }

    private ref ulong Register(Register register) => ref _registers[Index(register)];

    private ulong Read(in Instruction instruction, int operand) => instruction.GetOpKind(operand) switch
    {
        OpKind.Register => Register(instruction.GetOpRegister(operand)),
        OpKind.Memory when instruction.MemorySize is MemorySize.UInt64 or MemorySize.Int64 => *(ulong*)Checked(Address(instruction), 8),
        OpKind.Memory => throw new ProcessorFault($"{instruction}: not 64 bits"),
        _ => instruction.GetImmediate(operand),
    };

    private void Write(in Instruction instruction, ulong value)
    {
        if (instruction.Op0Kind == OpKind.Register) Register(instruction.Op0Register) = value;
        else *(ulong*)Checked(Address(instruction), 8) = value;
    }

    private void Result(in Instruction instruction, ulong value)
    {
        Write(instruction, value);
        _zero = value == 0;
    }

    private ulong Address(in Instruction instruction) => RowAddress(instruction) + Stride(instruction);

    /// <summary>Where a tile's first row lies: base and displacement; the index is the distance between rows.</summary>
    private ulong RowAddress(in Instruction instruction) => Register(instruction.MemoryBase) + instruction.MemoryDisplacement64;

    private ulong Stride(in Instruction instruction) => instruction.MemoryIndex == Iced.Intel.Register.None ? 0 : Register(instruction.MemoryIndex) * (ulong)instruction.MemoryIndexScale;

    private ulong Checked(ulong address, int bytes)
    {
        if (address < LeastAddress || address + (ulong)bytes > MostAddress) throw new ProcessorFault($"#GP: {bytes} bytes at {address:X}");
        foreach (var (first, length) in Allowed)
            if ((long)address >= first && (long)address + bytes <= first + length) return address;
        return Allowed.Count == 0 ? address : throw new ProcessorFault($"{bytes} bytes at {address:X} are outside the operands");
    }
}
