using System.Globalization;

namespace Puna.Tensors;

/// <summary>How many processors and how much memory this process may use: container limits, affinity and the environment respected.</summary>
public static class ProcessorLimits
{
    /// <summary>The environment variable that sets the number of threads.</summary>
    public const string ThreadsVariable = "PUNA_THREADS";

    /// <summary>The largest number of threads that may be asked for.</summary>
    public const int MostThreads = 1024;

    /// <summary>PUNA_THREADS, or the processors that the container and the affinity mask leave us.</summary>
    /// <exception cref="InvalidDataException">PUNA_THREADS is no whole number from 1 to <see cref="MostThreads"/>.</exception>
    public static int DefaultThreads()
    {
        var text = Environment.GetEnvironmentVariable(ThreadsVariable);
        if (string.IsNullOrWhiteSpace(text)) return Environment.ProcessorCount;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads is >= 1 and <= MostThreads
            ? threads
            : throw new InvalidDataException($"{ThreadsVariable}={text}: use a whole number from 1 to {MostThreads}");
    }

    /// <summary>Bytes of memory that this process may use in all: the container's limit or the machine's memory.</summary>
    public static long TotalMemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
