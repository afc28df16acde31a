namespace Puna.Tensors;

/// <summary>
/// A seeded stream of random numbers over <see cref="Philox"/>. The same seed and stream give the same numbers on every
/// platform and version, and <see cref="Position"/> is its whole state: save it, and the stream goes on exactly there.
/// Not safe for use by several threads; give each its own stream.
/// </summary>
/// <param name="seed">The seed.</param>
/// <param name="stream">Independent streams of one seed, for example one per epoch or purpose.</param>
public sealed class CounterRandom(ulong seed, ulong stream = 0)
{
    private readonly ulong _seed = seed;
    private readonly ulong _stream = stream;
    private (uint X0, uint X1, uint X2, uint X3) _block;
    private ulong _blockNumber = ulong.MaxValue;

    /// <summary>How many 32-bit numbers were drawn so far. May be set, to continue a saved stream.</summary>
    public ulong Position { get; set; }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        var number = Position >> 2;
        if (number != _blockNumber)
        {
            _block = Philox.Block(number, _stream, _seed);
            _blockNumber = number;
        }
        return (Position++ & 3) switch { 0 => _block.X0, 1 => _block.X1, 2 => _block.X2, _ => _block.X3 };
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64() => ((ulong)NextUInt32() << 32) | NextUInt32();

    /// <summary>A whole number in [0, <paramref name="exclusiveMaximum"/>), each equally likely (rejection, no modulo bias).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not positive.</exception>
    public int Next(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMaximum);
        var range = (uint)exclusiveMaximum;
        var rejected = (uint)(-(int)range) % range;
        while (true)
        {
            var product = (ulong)NextUInt32() * range;
            if ((uint)product >= rejected) return (int)(product >> 32);
        }
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1ul << 53));

    /// <summary>A number from the standard normal distribution (Box–Muller).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Puts the items in random order, each order equally likely (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
