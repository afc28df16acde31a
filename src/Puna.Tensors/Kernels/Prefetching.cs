using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Puna.Tensors;

/// <summary>
/// Asks for memory that a loop reads some turns later. What is read once comes as fast as it is asked for, and what processors ask for by themselves ends with a page of 4 KiB, or
/// falls behind where there is arithmetic between the loads (docs/log.md).
/// </summary>
internal static unsafe class Prefetching
{
    /// <summary>Bytes ahead of a loop that reads one stream.</summary>
    public const int Distance = 6 << 10;

    /// <summary>Bytes of a line of the caches.</summary>
    public const int LineBytes = 64;

    /// <summary>Asks for as many bytes as a turn reads from here, <see cref="Distance"/> ahead. Beyond the end of memory, and on processors that cannot be asked, nothing happens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ahead(void* from, int bytes)
    {
        if (!Sse.IsSupported) return;
        for (var line = 0; line < bytes; line += LineBytes) Sse.Prefetch0((byte*)from + Distance + line);
    }
}
