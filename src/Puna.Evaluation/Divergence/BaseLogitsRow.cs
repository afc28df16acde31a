using System.Runtime.InteropServices;
using Puna.Inference;

namespace Puna.Evaluation;

/// <summary>
/// The log-probabilities after one token in 16 bits each: a scale s and a minimum m, single precision, then V codes q, with one to fill up where V is odd;
/// ln p = s·q + m. The least code stands for all that is 16 nats or more below the likeliest token.
/// </summary>
public sealed class BaseLogitsRow
{
    private const float Range = 16, MostCode = 65535;
    private const int HeadCodes = 4; // scale and minimum
    private readonly byte[] _bytes;
    private readonly int _vocabularySize;

    /// <summary>A row of zeros.</summary>
    public BaseLogitsRow(int vocabularySize) => (_bytes, _vocabularySize) = (new byte[BytesFor(vocabularySize)], vocabularySize);

    /// <summary>s.</summary>
    public float Scale => MemoryMarshal.Read<float>(_bytes);

    /// <summary>m.</summary>
    public float Minimum => MemoryMarshal.Read<float>(_bytes.AsSpan(sizeof(float)));

    /// <summary>q of each token.</summary>
    public ReadOnlySpan<ushort> Codes => MemoryMarshal.Cast<byte, ushort>(_bytes.AsSpan()).Slice(HeadCodes, _vocabularySize);

    /// <summary>The row as it stands in the file.</summary>
    internal Span<byte> Bytes => _bytes;

    /// <summary>Bytes of a row.</summary>
    public static long BytesFor(int vocabularySize) => sizeof(ushort) * (HeadCodes + (2 * ((vocabularySize + 1L) / 2)));

    /// <summary>Rounds a row of logits.</summary>
    /// <param name="logits">V of them, finite.</param>
    /// <param name="normalizer">Theirs.</param>
    public void Set(ReadOnlySpan<float> logits, LogNormalizer normalizer)
    {
        var least = normalizer.Largest;
        foreach (var logit in logits) least = Math.Min(least, logit);
        least = Math.Max(least, normalizer.Largest - Range);
        var scale = (normalizer.Largest - least) / MostCode;
        MemoryMarshal.Write(_bytes, scale);
        MemoryMarshal.Write(_bytes.AsSpan(sizeof(float)), least - normalizer.Largest - (float)normalizer.LogSum);
        var codes = MemoryMarshal.Cast<byte, ushort>(_bytes.AsSpan()).Slice(HeadCodes, _vocabularySize);
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < codes.Length; i++) codes[i] = logits[i] > least ? (ushort)Math.Min(MostCode, MathF.Round(inverse * (logits[i] - least))) : (ushort)0;
    }
}
