using System.Buffers.Binary;

namespace Puna.Models;

/// <summary>
/// The head of a llama2.c checkpoint. Version 0 is seven numbers (dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len; a negative
/// vocab_size means an output projection of its own); versions 1 and 2 begin with a magic number, the version, the same seven, a byte for tied
/// embeddings, and in version 2 the size of groups, in 256 bytes. Source: karpathy/llama2.c, export.py and run.c.
/// </summary>
/// <param name="Version">0 and 1: fp32; 2: int8 in groups with a scale each.</param>
/// <param name="Config">Sizes; ε is 1e-5 and the rotary base 10,000 in all of these files.</param>
/// <param name="GroupSize">Numbers that share a scale; 0 but in version 2.</param>
/// <param name="Bytes">Bytes before the weights.</param>
internal sealed record Llama2cHeader(int Version, LlamaConfig Config, int GroupSize, int Bytes)
{
    /// <summary>ak42, little-endian.</summary>
    public const uint Magic = 0x616B3432;

    /// <summary>Bytes of the head of versions 1 and 2.</summary>
    public const int PaddedBytes = 256;

    /// <summary>Bytes of the head of version 0.</summary>
    public const int LegacyBytes = 28;

    /// <summary>Whether a file may be one: by the magic, or by seven sizes that make sense.</summary>
    public static bool IsLikely(ReadOnlySpan<byte> start)
    {
        if (start.Length < LegacyBytes) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(start) == Magic) return true;
        for (var i = 0; i < 7; i++)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(start[(4 * i)..]);
            if (size is 0 or > 1 << 20 || (size < 0 && i != 5)) return false;
        }
        return true;
    }

    /// <summary>Reads and checks it.</summary>
    /// <exception cref="InvalidDataException">Not such a file, or sizes that contradict each other.</exception>
    public static Llama2cHeader Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < LegacyBytes) throw new InvalidDataException($"has {file.Length} bytes, less than the {LegacyBytes} of a llama2.c head");
        if (BinaryPrimitives.ReadUInt32LittleEndian(file) != Magic)
        {
            var vocabulary = Number(file, 5);
            if (vocabulary == int.MinValue) throw new InvalidDataException($"has the vocab_size {vocabulary}");
            return new(0, Sizes(file, 0, Math.Abs(vocabulary), tied: vocabulary > 0), 0, LegacyBytes);
        }
        if (file.Length < PaddedBytes) throw new InvalidDataException($"has {file.Length} bytes, less than the {PaddedBytes} of the head");
        var version = Number(file, 1);
        if (version is not (1 or 2)) throw new InvalidDataException($"is of the version {version}; this build reads llama2.c's versions 0, 1 and 2");
        var group = version == 2 ? BinaryPrimitives.ReadInt32LittleEndian(file[37..]) : 0;
        if (version == 2 && group is <= 0 or > 1 << 20) throw new InvalidDataException($"has groups of {group} numbers");
        return new(version, Sizes(file, 2, Number(file, 7), tied: file[36] != 0), group, PaddedBytes);
    }

    private static LlamaConfig Sizes(ReadOnlySpan<byte> file, int first, int vocabulary, bool tied) =>
        (LlamaConfig.Create(Number(file, first), Number(file, first + 1), Number(file, first + 2), Number(file, first + 3), Number(file, first + 4), vocabulary, Number(file, first + 6)) with
        {
            TieWordEmbeddings = tied,
            BosTokenId = 1,
            EosTokenIds = [2],
        }).Validate();

    private static int Number(ReadOnlySpan<byte> file, int index) => BinaryPrimitives.ReadInt32LittleEndian(file[(4 * index)..]);
}
