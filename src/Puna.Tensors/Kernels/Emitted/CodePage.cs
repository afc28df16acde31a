using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Puna.Tensors;

/// <summary>
/// Machine code in pages of its own: mapped readable and writable, filled, then made readable and executable, never both writable and
/// executable. The pages live as long as the process: code that some thread may be in is not unmapped.
/// </summary>
internal static unsafe partial class CodePage
{
    private const int Read = 1, Write = 2, Execute = 4; // PROT_READ, PROT_WRITE, PROT_EXEC
    private const uint Commit = 0x3000, PageReadWrite = 0x04, PageExecuteRead = 0x20; // MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE, PAGE_EXECUTE_READ

    /// <summary>Pages for so many bytes, still writable.</summary>
    /// <exception cref="InvalidOperationException">The system gives no memory; the message says why.</exception>
    public static byte* Allocate(int bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            var pages = VirtualAlloc(null, (nuint)bytes, Commit, PageReadWrite);
            return pages is not null ? (byte*)pages : throw Refused("VirtualAlloc");
        }
        var anonymous = OperatingSystem.IsMacOS() ? 0x1002 : 0x22; // MAP_PRIVATE | MAP_ANONYMOUS
        var mapped = mmap(null, (nuint)bytes, Read | Write, anonymous, -1, 0);
        return (nint)mapped != -1 ? (byte*)mapped : throw Refused("mmap");
    }

    /// <summary>Takes the right to write and gives the right to execute.</summary>
    /// <exception cref="InvalidOperationException">A policy of the system forbids it; the message says which call was refused.</exception>
    public static void Seal(byte* pages, int bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            if (VirtualProtect(pages, (nuint)bytes, PageExecuteRead, out _) == 0) throw Refused("VirtualProtect");
        }
        else if (mprotect(pages, (nuint)bytes, Read | Execute) != 0)
        {
            throw Refused("mprotect");
        }
    }

    private static InvalidOperationException Refused(string call) =>
        new($"the system refused executable memory ({call}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message})");

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial void* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualProtect(void* address, nuint size, uint protection, out uint old);
}
