using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Puna.Text;

/// <summary>
/// UTF-8 text as a stream of characters in bounded memory, as strict as <see cref="TextFile"/>: a wrong byte or a NUL is refused with its place.
/// A byte order mark at the start is skipped, and the line end CR LF becomes LF, so that a document does not depend on where its file was saved.
/// </summary>
internal sealed class StrictUtf8Reader(Stream stream, string path) : TextReader
{
    private const int Size = 1 << 16;
    private readonly byte[] _bytes = new byte[Size];
    private readonly char[] _chars = new char[Size + 1];
    private int _kept, _from, _to;
    private long _offset, _line = 1;
    private bool _started, _ended, _carriage;

    /// <summary>Lines that <see cref="ReadLine"/> has returned.</summary>
    public long LinesRead { get; private set; }

    public override int Peek() => _from < _to || Fill() ? _chars[_from] : -1;

    public override int Read() => _from < _to || Fill() ? _chars[_from++] : -1;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        if (_from >= _to && !Fill()) return 0;
        var count = Math.Min(buffer.Length, _to - _from);
        _chars.AsSpan(_from, count).CopyTo(buffer);
        _from += count;
        return count;
    }

    /// <summary>The next line without its end, null after the last.</summary>
    /// <exception cref="InvalidDataException">The line is longer than a document may be.</exception>
    public override string? ReadLine()
    {
        StringBuilder? longer = null;
        while (_from < _to || Fill())
        {
            var rest = _chars.AsSpan(_from, _to - _from);
            var end = rest.IndexOf('\n');
            var part = end < 0 ? rest : rest[..end];
            _from += end < 0 ? rest.Length : end + 1;
            if (end >= 0)
            {
                LinesRead++;
                return longer is null ? part.ToString() : longer.Append(part).ToString();
            }
            longer ??= new StringBuilder();
            longer.Append(part);
            if (longer.Length > DocumentOptions.MaximumCharacters) throw new InvalidDataException($"{path}: line {LinesRead + 1} has more than {DocumentOptions.MaximumCharacters} characters, the most that one document may have; split it");
        }
        if (longer is not null) LinesRead++;
        return longer?.ToString();
    }

    /// <summary>Reads and decodes the next chunk; false at the end.</summary>
    private bool Fill()
    {
        while (!_ended)
        {
            var count = stream.Read(_bytes.AsSpan(_kept));
            _ended = count == 0;
            var bytes = _bytes.AsSpan(0, _kept + count);
            if (!_started)
            {
                if (bytes.Length < 3 && !_ended)
                {
                    _kept = bytes.Length;
                    continue;
                }
                _started = true;
                if (bytes.StartsWith("\uFEFF"u8))
                {
                    _offset = 3;
                    bytes = bytes[3..];
                }
            }
            Decode(bytes);
            if (_from < _to) return true;
        }
        return false;
    }

    private void Decode(Span<byte> bytes)
    {
        // one character is held back where it is a CR whose LF may come with the next chunk
        var start = _carriage ? 1 : 0;
        if (_carriage) _chars[0] = '\r';
        var status = Utf8.ToUtf16(bytes, _chars.AsSpan(start), out var read, out var written, replaceInvalidSequences: false, isFinalBlock: _ended);
        var decoded = _chars.AsSpan(start, written);
        if (decoded.IndexOf('\0') is >= 0 and var nul)
            throw new InvalidDataException($"{path}: byte {_offset + Encoding.UTF8.GetByteCount(decoded[..nul])} (line {_line + decoded[..nul].Count('\n')}) is NUL, so this is a binary or UTF-16 file; give UTF-8 text");
        if (status == OperationStatus.InvalidData)
            throw new InvalidDataException($"{path}: byte {_offset + read} (line {_line + decoded.Count('\n')}) is 0x{bytes[read]:X2}, which is not valid UTF-8 there; convert the file to UTF-8 (for example with iconv -f LATIN1 -t UTF-8)");
        _offset += read;
        _line += decoded.Count('\n');
        bytes[read..].CopyTo(_bytes);
        _kept = bytes.Length - read;
        (_from, _to) = (0, WithoutCarriages(start + written));
    }

    private int WithoutCarriages(int count)
    {
        _carriage = false;
        var chars = _chars.AsSpan(0, count);
        var to = chars.IndexOf('\r');
        if (to < 0) return count;
        for (var from = to; from < count; from++)
        {
            if (chars[from] == '\r')
            {
                if (from + 1 == count && !_ended)
                {
                    _carriage = true;
                    break;
                }
                if (from + 1 < count && chars[from + 1] == '\n') continue;
            }
            chars[to++] = chars[from];
        }
        return to;
    }
}
