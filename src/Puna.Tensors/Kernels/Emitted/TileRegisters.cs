using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static Iced.Intel.AssemblerRegisters;

namespace Puna.Tensors;

/// <summary>
/// Whether the operating system lets this process use the tile registers of AMX. It must save them when it switches threads (bits 17 and 18
/// of XCR0; Intel Software Developer's Manual, volume 1, chapter 13). Linux also wants to be asked once per process, since they make the state of
/// a thread 8 KB larger (Documentation/arch/x86/xstate.rst). Windows asks for nothing more: it gives a thread the room at the first use
/// (EnableProcessOptionalXStateFeatures only does that beforehand). No other system with such processors is known.
/// </summary>
internal static unsafe partial class TileRegisters
{
    private const long ArchPrctl = 158, RequestPermission = 0x1023, TileData = 18; // SYS_arch_prctl on x86-64, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA
    private const ulong TileState = (1UL << 17) | (1UL << 18);
    private const int OsSavesExtendedState = 1 << 27; // OSXSAVE: XGETBV exists

    /// <summary>Asks for them; why the process may not use them, or null where it may.</summary>
    public static string? Ask()
    {
        if ((X86Base.CpuId(1, 0).Ecx & OsSavesExtendedState) == 0 || (EnabledState() & TileState) != TileState) return "the operating system does not save tile registers";
        if (OperatingSystem.IsWindows()) return null;
        if (!OperatingSystem.IsLinux()) return "how to ask this operating system for tile registers is not known";
        return SystemCall(ArchPrctl, RequestPermission, TileData) == 0 ? null : $"the system refused tile registers (arch_prctl: {new Win32Exception(Marshal.GetLastPInvokeError()).Message})";
    }

    /// <summary>XCR0: the parts of a thread's state that the system saves.</summary>
    internal static ulong EnabledState()
    {
        var read = EmittedCode.Assemble(code =>
        {
            code.mov(r8, EmittedCode.Argument); // XGETBV takes ecx
            code.xor(ecx, ecx);
            code.xgetbv();
            code.shl(rdx, 32);
            code.or(rax, rdx);
            code.mov(__qword_ptr[r8], rax);
        })[0];
        ulong state = 0;
        read(&state);
        return state;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long first, long second);
}
