using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>A reader that ends the process or stands still where the first byte says so: what watches the readers must see it.</summary>
internal sealed class SelfTestTarget : IFuzzTarget
{
    /// <summary>What the first byte asks for.</summary>
    public const byte Overflows = 0, StandsStill = 1, Refuses = 2;

    public string Name => FuzzTargets.SelfTest;

    public int Multiple => 1;

    public long Constant => 1 << 20;

    public byte[] Make(CounterRandom random) => [(byte)random.Next(4)];

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        switch (bytes[0])
        {
            case Overflows: return Deeper(bytes.Length);
            case StandsStill: Thread.Sleep(Timeout.Infinite); return 0;
            case Refuses: throw new InvalidDataException("a clear sentence");
            default: return 0;
        }
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => true;

    private static long Deeper(long depth) => depth + Deeper(depth + 1);
}
