namespace Puna.Text;

/// <summary>Documents of a plain text: what stands between separators, trimmed of white space, empty ones left out.</summary>
internal static class TextDocuments
{
    public static IEnumerable<string> Read(StrictUtf8Reader reader, string path, string separator)
    {
        var buffer = new char[1 << 16];
        var (start, end, searched) = (0, 0, 0);
        while (true)
        {
            if (end == buffer.Length)
            {
                // the rest of a document moves to the front; where that gives no room, the buffer grows
                var rest = end - start;
                if (rest > DocumentOptions.MaximumCharacters) throw TooLong(path, separator);
                var target = rest > buffer.Length / 2 ? new char[buffer.Length * 2] : buffer;
                buffer.AsSpan(start, rest).CopyTo(target);
                (buffer, start, end, searched) = (target, 0, rest, searched - start);
            }
            var count = reader.Read(buffer.AsSpan(end));
            if (count == 0) break;
            end += count;
            if (separator.Length == 0) continue;
            while (Next(buffer, searched, end, separator) is >= 0 and var at)
            {
                if (Document(buffer, start, at) is { } document) yield return document;
                start = searched = at + separator.Length;
            }
            searched = Math.Max(start, end - separator.Length + 1);
        }
        if (end - start > DocumentOptions.MaximumCharacters) throw TooLong(path, separator);
        if (Document(buffer, start, end) is { } last) yield return last;
    }

    private static int Next(char[] buffer, int from, int to, string separator)
    {
        var at = buffer.AsSpan(from, to - from).IndexOf(separator);
        return at < 0 ? -1 : from + at;
    }

    private static string? Document(char[] buffer, int from, int to)
    {
        var trimmed = buffer.AsSpan(from, to - from).Trim();
        return trimmed.IsEmpty ? null : trimmed.ToString();
    }

    private static InvalidDataException TooLong(string path, string separator) =>
        new($"{path}: a document has more than {DocumentOptions.MaximumCharacters} characters; {(separator.Length == 0 ? "set data.document_separator, so that a file is more than one document" : "set data.document_separator to what stands between the documents of this file")}");
}
