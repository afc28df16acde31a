using System.Diagnostics;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>What became of one input.</summary>
/// <param name="IsPastHeader">See <see cref="IFuzzTarget.IsPastHeader"/>.</param>
/// <param name="IsRead">Whether the reader took it.</param>
/// <param name="Finding">What must not be; null for success and for a clear refusal.</param>
/// <param name="Failure">What was thrown.</param>
/// <param name="Size">Bytes of all files that were read.</param>
/// <param name="Allocated">Bytes allocated, managed and native, those given back since among them.</param>
/// <param name="Bound">The most that may be.</param>
/// <param name="Milliseconds">Time taken.</param>
internal sealed record FuzzOutcome(bool IsPastHeader, bool IsRead, string? Finding, Exception? Failure, long Size, long Allocated, long Bound, double Milliseconds);

/// <summary>Makes an input by its number and runs it.</summary>
internal static class FuzzCase
{
    /// <summary>The input of a number: a function of target, seed and number alone.</summary>
    public static byte[] BytesOf(IFuzzTarget target, ulong seed, long number) => target.Make(new CounterRandom(seed, (Hash(target.Name) << 40) ^ (ulong)number));

    /// <summary>Runs it.</summary>
    public static FuzzOutcome Try(IFuzzTarget target, ulong seed, long number, FuzzFolder folder) => Try(target, BytesOf(target, seed, number), folder);

    /// <summary>Runs one made elsewhere.</summary>
    public static FuzzOutcome Try(IFuzzTarget target, byte[] bytes, FuzzFolder folder)
    {
        var (managed, native, start) = (GC.GetAllocatedBytesForCurrentThread(), NativeBuffer.AllocatedOnThisThread, Stopwatch.GetTimestamp());
        var size = (long)bytes.Length;
        Exception? failure = null;
        try
        {
            size += target.Read(bytes, folder);
        }
        catch (Exception error)
        {
            failure = error;
        }
        var milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - managed + NativeBuffer.AllocatedOnThisThread - native;
        var bound = target.Constant + (target.Multiple * size);
        var finding = Unclear(failure) ?? (allocated > bound ? $"allocated {allocated:N0} bytes for {size:N0}, at most {bound:N0} are allowed" : null);
        return new(target.IsPastHeader(bytes, failure?.Message), failure is null, finding, failure, size, allocated, bound, milliseconds);
    }

    /// <summary>The program shows these as one sentence (Failures.cs); the rest would be an internal error or a message of the runtime's own.</summary>
    private static string? Unclear(Exception? failure) => failure switch
    {
        null => null,
        InvalidDataException or FileNotFoundException or DirectoryNotFoundException when failure.Message.Length is > 0 and < 20_000 && !failure.Message.Contains("\n   at ") => null,
        _ => $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")} at {failure.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Puna."))?.Trim()}",
    };

    // FNV-1a
    private static ulong Hash(string name) => name.Aggregate(0xCBF2_9CE4_8422_2325ul, (hash, c) => (hash ^ c) * 0x100_0000_01B3);
}
