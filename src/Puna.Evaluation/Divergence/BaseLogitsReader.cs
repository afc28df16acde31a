using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Puna.Evaluation;

/// <summary>Reads a file of log-probabilities (<see cref="BaseLogitsHeader"/>), row after row, ours or llama-perplexity's. Nothing is allocated before its size was compared with the file.</summary>
public sealed class BaseLogitsReader : IDisposable
{
    private const string Kind = "a file of log-probabilities, as puna evaluate or llama-perplexity writes with --kl-divergence-base FILE";
    private const float Rounding = 1e-2f;
    private readonly string _path;
    private readonly FileStream _stream;
    private long _rowsRead;

    /// <summary>Opens a file, reads head and ids.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">It is of another kind, cut short or damaged; the sentence says what was found.</exception>
    public BaseLogitsReader(string path)
    {
        if (Directory.Exists(path)) throw new InvalidDataException($"{path} is a folder; give {Kind}");
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
        _path = path;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            Header = ReadHeader();
            Tokens = new int[Header.ChunkSize * Header.ChunkCount];
            _stream.ReadExactly(MemoryMarshal.AsBytes(Tokens.AsSpan()));
            for (var i = 0; i < Tokens.Length; i++)
                if ((uint)Tokens[i] >= (uint)Header.VocabularySize) throw new InvalidDataException($"{path}: token {Tokens[i]} at index {i} is not in its vocabulary of {Header.VocabularySize}; the file is damaged");
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>What the head says.</summary>
    public BaseLogitsHeader Header { get; }

    /// <summary>All ids, chunk after chunk, as the text has them: the begin symbol replaces the first of a chunk only before the model.</summary>
    public int[] Tokens { get; }

    /// <summary>Reads the next row.</summary>
    /// <param name="row">Of this vocabulary; receives it.</param>
    /// <exception cref="InvalidDataException">Its numbers are no log-probabilities.</exception>
    public void Read(BaseLogitsRow row)
    {
        _stream.ReadExactly(row.Bytes);
        var (scale, minimum) = (row.Scale, row.Minimum);
        if (!(scale >= 0 && float.IsFinite(minimum) && (scale * ushort.MaxValue) + minimum <= Rounding))
            throw new InvalidDataException($"{_path}: row {_rowsRead} has the scale {scale} and the minimum {minimum}, which give no log-probabilities; the file is damaged");
        _rowsRead++;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private BaseLogitsHeader ReadHeader()
    {
        if (!_stream.CanSeek) throw new InvalidDataException($"{_path} is a pipe or a device; give {Kind}");
        if (_stream.Length < BaseLogitsHeader.Bytes) throw new InvalidDataException($"{_path} has {_stream.Length} bytes, less than the {BaseLogitsHeader.Bytes} at the head of {Kind}");
        Span<byte> head = stackalloc byte[BaseLogitsHeader.Bytes];
        _stream.ReadExactly(head);
        if (!head.StartsWith(BaseLogitsHeader.Magic)) throw new InvalidDataException($"{_path} does not begin with _logits_: give {Kind}");
        var numbers = head[BaseLogitsHeader.Magic.Length..];
        var header = new BaseLogitsHeader(BinaryPrimitives.ReadInt32LittleEndian(numbers), BinaryPrimitives.ReadInt32LittleEndian(numbers[4..]), BinaryPrimitives.ReadInt32LittleEndian(numbers[8..]));
        if (header.ChunkSize < TokenChunks.LeastSize || header.ChunkCount < 1 || header.VocabularySize is < 1 or > BaseLogitsHeader.MostVocabulary || (long)header.ChunkSize * header.ChunkCount > BaseLogitsHeader.MostTokens)
            throw new InvalidDataException($"{_path}: its head has {header.ChunkCount} chunks of {header.ChunkSize} tokens and a vocabulary of {header.VocabularySize}, which no model and text give; the file is damaged");
        if (header.FileBytes != _stream.Length)
            throw new InvalidDataException($"{_path} has {_stream.Length} bytes; {header.ChunkCount} chunks of {header.ChunkSize} tokens and a vocabulary of {header.VocabularySize} make {header.FileBytes}: it was not written to its end, or damaged");
        return header;
    }
}
