using System.Numerics;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>
/// A random order of the numbers below N of which any place can be computed alone: no table, whatever N. A Feistel network over the next even power of two,
/// walked on until it lands below N (a bijection again). Source: Black and Rogaway, «Ciphers with arbitrary finite domains», CT-RSA 2002, section 3
/// (cycle walking) and 5 (Feistel); the rounds are <see cref="Philox"/>.
/// </summary>
/// <param name="count">N, at least 1.</param>
/// <param name="seed">The seed.</param>
/// <param name="stream">Another order for each, for example the epoch.</param>
public readonly struct Permutation(long count, ulong seed, ulong stream)
{
    private const int Rounds = 6;
    private readonly int _half = (BitOperations.Log2((ulong)Math.Max(1, count - 1)) + 2) / 2;

    /// <summary>What stands at a place.</summary>
    /// <param name="place">0 to N - 1.</param>
    public long At(long place)
    {
        var mask = (1ul << _half) - 1;
        var value = (ulong)place;
        do
        {
            var (left, right) = (value >> _half, value & mask);
            for (var round = 0ul; round < Rounds; round++)
            {
                var bits = Philox.Block(right | (round << 40), stream, seed).X0;
                (left, right) = (right, left ^ (bits & mask));
            }
            value = (left << _half) | right;
        }
        while (value >= (ulong)count);
        return (long)value;
    }
}
