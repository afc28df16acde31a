using Puna.Tensors;

namespace Puna.Models;

/// <summary>Keys (already rotated, where positions are rotations) and values of one sequence, layer by layer, in memory for <see cref="Capacity"/> positions.</summary>
public sealed class KvCache
{
    private readonly Tensor[] _keys, _values;
    private readonly IModelConfig _config;
    private readonly DType _type;

    /// <summary>An empty cache of 2·L·capacity·K·D numbers.</summary>
    /// <exception cref="InsufficientMemoryException">It does not fit in memory.</exception>
    public KvCache(IModelConfig config, int capacity, DType type = DType.Float32)
    {
        (Capacity, _config, _type) = (capacity, config, type);
        var shape = new Shape(capacity, config.KeyValueHeadCount * config.HeadSize);
        _keys = new Tensor[config.LayerCount];
        _values = new Tensor[config.LayerCount];
        for (var i = 0; i < config.LayerCount; i++) (_keys[i], _values[i]) = (new Tensor(type, shape), new Tensor(type, shape));
    }

    /// <summary>Positions there is room for.</summary>
    public int Capacity { get; }

    /// <summary>Positions filled.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes of keys and values.</summary>
    public long Bytes => _keys.Sum(k => k.Bytes) + _values.Sum(v => v.Bytes);

    /// <summary>Bytes a cache would take, without allocating it.</summary>
    public static long BytesFor(IModelConfig config, int capacity, DType type = DType.Float32) =>
        DTypeLayout.Of(type).Bytes(2L * config.LayerCount * capacity * config.KeyValueHeadCount * config.HeadSize);

    /// <summary>Forgets all but the first <paramref name="length"/> positions.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>A cache of its own with the same positions filled.</summary>
    /// <exception cref="InsufficientMemoryException">It does not fit in memory.</exception>
    public KvCache Copy()
    {
        var copy = new KvCache(_config, Capacity, _type) { Length = Length };
        for (var i = 0; i < _keys.Length; i++)
        {
            copy._keys[i].Rows(0, Length).CopyFrom(_keys[i].Rows(0, Length));
            copy._values[i].Rows(0, Length).CopyFrom(_values[i].Rows(0, Length));
        }
        return copy;
    }

    /// <summary>Bytes that <see cref="Write"/> writes for so many positions.</summary>
    public long BytesOf(int positions) => BytesFor(_config, positions, _type);

    /// <summary>Writes the filled positions as they lie in memory (little endian): layer by layer, first the keys, then the values, [length, K·D] each.</summary>
    public void Write(Stream stream)
    {
        for (var i = 0; i < _keys.Length; i++)
            foreach (var tensor in (Tensor[])[_keys[i], _values[i]])
                ForEachPiece(tensor.Rows(0, Length), piece => stream.Write(piece));
    }

    /// <summary>Fills the first positions with what <see cref="Write"/> wrote; what was there is forgotten.</summary>
    /// <exception cref="EndOfStreamException">The stream is shorter.</exception>
    public void Read(Stream stream, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Capacity, nameof(length));
        Length = 0;
        for (var i = 0; i < _keys.Length; i++)
            foreach (var tensor in (Tensor[])[_keys[i], _values[i]])
                ForEachPiece(tensor.Rows(0, length), piece => stream.ReadExactly(piece));
        Length = length;
    }

    /// <summary>Gives the memory back; the cache must not be used any more.</summary>
    public void Release()
    {
        foreach (var tensor in _keys) tensor.Release();
        foreach (var tensor in _values) tensor.Release();
    }

    /// <summary>Writes the new keys and values of a layer behind those that are there; returns all, old and new.</summary>
    /// <exception cref="InvalidOperationException">The cache is full; the message has the numbers.</exception>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        var added = (int)keys.Shape.Rows;
        if (Length + added > Capacity) throw new InvalidOperationException($"the cache holds {Capacity} positions; {Length} are filled and {added} more do not fit");
        _keys[layer].Rows(Length, added).CopyFrom(keys);
        _values[layer].Rows(Length, added).CopyFrom(values);
        return (_keys[layer].Rows(0, Length + added), _values[layer].Rows(0, Length + added));
    }

    /// <summary>Counts the positions that every layer has appended.</summary>
    internal void Advance(int added) => Length += added;

    private static unsafe void ForEachPiece(Tensor rows, PieceAction action)
    {
        const int Most = 1 << 24; // a span has at most 2^31 bytes, a layer's keys may have more
        for (var done = 0L; done < rows.Bytes; done += Most) action(new Span<byte>((byte*)rows.Data + done, (int)Math.Min(Most, rows.Bytes - done)));
        GC.KeepAlive(rows);
    }

    private delegate void PieceAction(Span<byte> piece);
}
