using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Puna.Text;

/// <summary>
/// Reads training text strictly: a file that is not UTF-8 text is refused with a sentence that names the position, instead of
/// being repaired silently, because a repaired character would be trained on.
/// </summary>
public static class TextFile
{
    private const int StretchCharacters = 1 << 18;

    /// <summary>The whole file as text. A byte order mark at the start is skipped; line ends stay as they are.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The text, with at least one character that is not white space.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty or white space only, holds NUL bytes, is not UTF-8 (the sentence names
    /// the offset of the first wrong byte, counted from 0, and its line, counted from 1), or is longer than 2,147,483,591 bytes.</exception>
    public static string Read(string path)
    {
        Find(path);
        var length = FileSize.Of(path);
        if (length > Array.MaxLength)
            throw new InvalidDataException($"{path}: {length} bytes are more than the {Array.MaxLength} that one text may have; split the file.");
        var all = File.ReadAllBytes(path);
        ReadOnlySpan<byte> bytes = all;
        var skipped = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        bytes = bytes[skipped..];
        if (bytes.IndexOf((byte)0) is >= 0 and var nul)
            throw new InvalidDataException($"{path}: byte {nul + skipped} (line {Line(bytes, nul)}) is NUL, so this is a binary or UTF-16 file; give a UTF-8 text file.");
        if (FirstInvalid(bytes) is >= 0 and var bad)
            throw new InvalidDataException(
                $"{path}: byte {bad + skipped} (line {Line(bytes, bad)}) is 0x{bytes[bad]:X2}, which is not valid UTF-8 there; convert the file to UTF-8 (for example with iconv -f LATIN1 -t UTF-8).");
        var text = Encoding.UTF8.GetString(bytes);
        return string.IsNullOrWhiteSpace(text) ? throw WithoutText(path, length) : text;
    }

    /// <summary>The file's documents: the stretches between blank lines (lines of white space only), in order, each without its last
    /// line end. Lines inside a document are joined by '\n'.</summary>
    /// <param name="path">The file.</param>
    /// <returns>At least one document; none is empty.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Read"/>.</exception>
    public static IReadOnlyList<string> ReadDocuments(string path)
    {
        var documents = new List<string>();
        var current = new StringBuilder();
        foreach (var line in Read(path).AsSpan().EnumerateLines())
        {
            if (!line.IsWhiteSpace())
            {
                if (current.Length > 0) current.Append('\n');
                current.Append(line);
            }
            else if (current.Length > 0)
            {
                documents.Add(current.ToString());
                current.Clear();
            }
        }
        if (current.Length > 0) documents.Add(current.ToString());
        return documents;
    }

    /// <summary>The file's lines one after the other, without their ends, in memory for a line at a time. A byte order mark at the start is skipped.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">While enumerating: the file holds no text, a NUL, a byte that is not UTF-8, or a line that is longer than a document may be.</exception>
    public static IEnumerable<string> ReadLines(string path)
    {
        Find(path);
        return Lines(path);
    }

    /// <summary>The file's text in stretches of some hundred thousand characters, in memory for a few of them; joined they are the text, with LF for the line end CR LF. A stretch ends
    /// behind a line end between two characters that are not white space, where every split rule cuts; only where 16 times as much text has none, it ends anywhere.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">While enumerating: the file holds no text, a NUL, or a byte that is not UTF-8.</exception>
    public static IEnumerable<string> ReadStretches(string path)
    {
        Find(path);
        return Stretches(path);
    }

    /// <summary>Writes text as UTF-8 without a byte order mark, under a temporary name in the same folder that is then renamed:
    /// readers see the old file or the new one, never half of it. The folder is made where it is missing.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="text">What to write.</param>
    public static void WriteAllText(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));

    private static IEnumerable<string> Lines(string path)
    {
        using var file = Open(path);
        using var reader = new StrictUtf8Reader(file, path);
        var hasText = false;
        while (reader.ReadLine() is { } line)
        {
            hasText |= !string.IsNullOrWhiteSpace(line);
            yield return line;
        }
        if (!hasText) throw WithoutText(path, file.Length);
    }

    private static IEnumerable<string> Stretches(string path)
    {
        using var file = Open(path);
        using var reader = new StrictUtf8Reader(file, path);
        var (held, end, searched, hasText) = (new char[2 * StretchCharacters], 0, 0, false);
        while (true)
        {
            if (end == held.Length) Array.Resize(ref held, 2 * end);
            var count = reader.Read(held.AsSpan(end));
            hasText |= !held.AsSpan(end, count).IsWhiteSpace();
            end += count;
            if (count == 0) break;
            if (end < StretchCharacters) continue;
            var cut = EndOfStretch(held.AsSpan(0, end), searched);
            searched = cut == 0 ? end - 1 : 0;
            if (cut == 0) continue;
            yield return new string(held, 0, cut);
            held.AsSpan(cut, end - cut).CopyTo(held);
            end -= cut;
        }
        if (!hasText) throw WithoutText(path, file.Length);
        if (end > 0) yield return new string(held, 0, end);
    }

    private static int EndOfStretch(ReadOnlySpan<char> text, int searched)
    {
        for (var at = text.Length - 2; at > 0 && at >= searched; at--)
            if (text[at] == '\n' && !char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at + 1])) return at + 1;
        return text.Length < 16 * StretchCharacters ? 0 : text.Length - (char.IsHighSurrogate(text[^1]) ? 1 : 0);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);

    private static void Find(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"Text file '{path}' does not exist; check the path.", path);
    }

    private static InvalidDataException WithoutText(string path, long length) => new($"{path}: the file has {length} bytes but no text; give a file that holds text.");

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes)) return -1;
        for (var offset = 0; offset < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[offset..], out _, out var used) != OperationStatus.Done) return offset;
            offset += used;
        }
        return -1;
    }

    private static int Line(ReadOnlySpan<byte> bytes, int offset) => bytes[..offset].Count((byte)'\n') + 1;
}
