using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// Assembles small functions of one pointer argument for instructions that C# has no intrinsics for. A body finds its argument in
/// <see cref="Argument"/> and may change rax, rcx, rdx, r8 to r11, all vector and mask registers: on Windows the registers
/// xmm6 to xmm15 that a caller keeps are saved around it.
/// </summary>
internal static unsafe class EmittedCode
{
    private const int Alignment = 64;
    private const int FirstSavedVector = 6, SavedVectors = 10;

    /// <summary>The register with the argument.</summary>
    public static AssemblerRegister64 Argument => rcx;

    /// <summary>Assembles functions into pages of their own and returns their addresses.</summary>
    /// <param name="bodies">Each writes its instructions, without a return.</param>
    /// <exception cref="InvalidOperationException">The system refuses executable memory.</exception>
    public static delegate* unmanaged[SuppressGCTransition]<void*, void>[] Assemble(params ReadOnlySpan<Action<Assembler>> bodies)
    {
        var functions = new List<byte[]>();
        foreach (var body in bodies) functions.Add(Write(body));
        var bytes = functions.Sum(code => Aligned(code.Length));
        var page = CodePage.Allocate(bytes);
        var addresses = new delegate* unmanaged[SuppressGCTransition]<void*, void>[functions.Count];
        var offset = 0;
        for (var i = 0; i < addresses.Length; i++)
        {
            functions[i].CopyTo(new Span<byte>(page + offset, functions[i].Length)); // nothing in it depends on where it lies
            addresses[i] = (delegate* unmanaged[SuppressGCTransition]<void*, void>)(page + offset);
            offset += Aligned(functions[i].Length);
        }
        CodePage.Seal(page, bytes);
        return addresses;
    }

    /// <summary>A field of 64 bits in the structure that the argument points to.</summary>
    /// <typeparam name="T">The structure.</typeparam>
    public static AssemblerMemoryOperand Field<T>(string name) => __qword_ptr[Argument + (int)Marshal.OffsetOf<T>(name)];

    /// <summary>The bytes of a function.</summary>
    /// <param name="body">Writes its instructions, without a return.</param>
    internal static byte[] Write(Action<Assembler> body) => Write(body, OperatingSystem.IsWindows());

    /// <summary>The bytes of a function for callers of one of the two conventions.</summary>
    /// <param name="windows">Argument in rcx and ten vector registers kept; else argument in rdi (System V).</param>
    internal static byte[] Write(Action<Assembler> body, bool windows)
    {
        var assembler = new Assembler(64);
        if (windows)
        {
            assembler.sub(rsp, (16 * SavedVectors) + 8);
            for (var i = 0; i < SavedVectors; i++) assembler.movups(__xmmword_ptr[rsp + (16 * i)], Xmm(FirstSavedVector + i));
        }
        else
        {
            assembler.mov(rcx, rdi);
        }
        body(assembler);
        assembler.vzeroupper();
        if (windows)
        {
            for (var i = 0; i < SavedVectors; i++) assembler.movups(Xmm(FirstSavedVector + i), __xmmword_ptr[rsp + (16 * i)]);
            assembler.add(rsp, (16 * SavedVectors) + 8);
        }
        assembler.ret();
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    private static int Aligned(int bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>As <see cref="Prefetching.Ahead"/>.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="from">Where the loop reads now.</param>
    /// <param name="bytes">What a turn reads.</param>
    /// <param name="distance">Bytes ahead; beyond the end of memory nothing happens.</param>
    public static void Prefetch(Assembler code, AssemblerMemoryOperand from, int bytes, int distance = Prefetching.Distance)
    {
        for (var line = 0; line < bytes; line += Prefetching.LineBytes) code.prefetcht0(__byte_ptr[from + (distance + line)]);
    }

    /// <summary>Register xmm<paramref name="number"/>.</summary>
    private static AssemblerRegisterXMM Xmm(int number) => new(Register.XMM0 + number);

    /// <summary>Register ymm<paramref name="number"/>.</summary>
    public static AssemblerRegisterYMM Ymm(int number) => new(Register.YMM0 + number);

    /// <summary>Register zmm<paramref name="number"/>.</summary>
    public static AssemblerRegisterZMM Zmm(int number) => new(Register.ZMM0 + number);

    /// <summary>Register tmm<paramref name="number"/>.</summary>
    public static AssemblerRegisterTMM Tmm(int number) => new(Register.TMM0 + number);
}
