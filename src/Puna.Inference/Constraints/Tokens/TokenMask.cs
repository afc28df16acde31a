using System.Numerics;

namespace Puna.Inference;

/// <summary>A set of token ids, a bit each. Never changes once it is handed out.</summary>
public sealed class TokenMask
{
    private readonly ulong[] _words;

    internal TokenMask(int size)
    {
        Size = size;
        _words = new ulong[(size + 63) >> 6];
    }

    /// <summary>V: how many ids there are.</summary>
    public int Size { get; }

    /// <summary>The bits: id i is bit i mod 64 of word i / 64. Bits from <see cref="Size"/> on are 0.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>How many ids are in it.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _words) count += BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>Whether an id is in it; ids that are not in the vocabulary never are.</summary>
    public bool Contains(int id) => (uint)id < (uint)Size && ((_words[id >> 6] >> (id & 63)) & 1) != 0;

    internal void Add(int id) => _words[id >> 6] |= 1ul << (id & 63);

    internal void Remove(int id) => _words[id >> 6] &= ~(1ul << (id & 63));

    internal void Add(TokenMask other)
    {
        for (var i = 0; i < _words.Length; i++) _words[i] |= other._words[i];
    }
}
