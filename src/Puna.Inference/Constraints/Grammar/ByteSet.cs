using System.Numerics;

namespace Puna.Inference;

/// <summary>A set of bytes.</summary>
internal readonly record struct ByteSet(ulong A, ulong B, ulong C, ulong D)
{
    public bool IsEmpty => (A | B | C | D) == 0;

    public int Count => BitOperations.PopCount(A) + BitOperations.PopCount(B) + BitOperations.PopCount(C) + BitOperations.PopCount(D);

    public static ByteSet Range(int first, int last)
    {
        var set = default(ByteSet);
        for (var value = first; value <= last; value++) set |= One(value);
        return set;
    }

    public static ByteSet operator |(ByteSet a, ByteSet b) => new(a.A | b.A, a.B | b.B, a.C | b.C, a.D | b.D);

    public bool Contains(int value) => ((Word(value >> 6) >> (value & 63)) & 1) != 0;

    public bool Overlaps(ByteSet other) => ((A & other.A) | (B & other.B) | (C & other.C) | (D & other.D)) != 0;

    /// <summary>How many of its bytes are smaller.</summary>
    public int Rank(int value)
    {
        var word = value >> 6;
        var rank = BitOperations.PopCount(Word(word) & ((1ul << (value & 63)) - 1));
        if (word > 0) rank += BitOperations.PopCount(A);
        if (word > 1) rank += BitOperations.PopCount(B);
        if (word > 2) rank += BitOperations.PopCount(C);
        return rank;
    }

    private ulong Word(int index) => index switch { 0 => A, 1 => B, 2 => C, _ => D };

    private static ByteSet One(int value) => (value >> 6) switch
    {
        0 => new(1ul << value, 0, 0, 0),
        1 => new(0, 1ul << (value & 63), 0, 0),
        2 => new(0, 0, 1ul << (value & 63), 0),
        _ => new(0, 0, 0, 1ul << (value & 63)),
    };
}
