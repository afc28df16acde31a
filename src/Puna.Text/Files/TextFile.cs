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
    /// <summary>The whole file as text. A byte order mark at the start is skipped; line ends stay as they are.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The text, with at least one character that is not white space.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty or white space only, holds NUL bytes, is not UTF-8 (the sentence names
    /// the offset of the first wrong byte, counted from 0, and its line, counted from 1), or is longer than 2,147,483,591 bytes.</exception>
    public static string Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"Text file '{path}' does not exist; check the path.", path);
        var length = new FileInfo(path).Length;
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
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidDataException($"{path}: the file has {length} bytes but no text; give a file that holds text.");
        return text;
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

    /// <summary>Writes text as UTF-8 without a byte order mark, under a temporary name in the same folder that is then renamed:
    /// readers see the old file or the new one, never half of it. The folder is made where it is missing.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="text">What to write.</param>
    public static void WriteAllText(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));

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
