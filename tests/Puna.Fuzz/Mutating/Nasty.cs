using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Values at which readers go wrong.</summary>
internal static class Nasty
{
    public static readonly long[] Numbers =
    [
        0, 1, -1, 2, 3, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, 1 << 20, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 53, 1L << 62, long.MaxValue, long.MinValue,
    ];

    public static readonly string[] Texts =
    [
        "", " ", "a", "a b", "\u2581", "<unk>", "<s>", "<0x0A>", "BPE", "ByteLevel", "Sequence", "Replace", "Split", "(", "(a*)*b", "(a|aa)+$", "\\p{L}+", "[^", "\U0001F999", "\0", "\n", "../x", "0", "-1", "1e999", "NaN", "true", "null",
    ];

    public static T Of<T>(this CounterRandom random, IReadOnlyList<T> all) => all[random.Next(all.Count)];

    /// <summary>A number in place of another in a file of some length.</summary>
    public static ulong InPlaceOf(CounterRandom random, ulong old, long length) => random.Next(14) switch
    {
        0 or 1 => unchecked((ulong)random.Of(Numbers)),
        2 => 1ul << random.Next(64),
        3 or 4 => old + 1,
        5 or 6 => old - 1,
        7 => old * 2,
        8 => old / 2,
        9 => unchecked((ulong)(length - random.Next(64))),
        10 or 11 => (ulong)random.Next(41), // types
        _ => old ^ (1ul << random.Next(64)),
    };
}
