namespace Puna.Text;

/// <summary>
/// The documents of a file, one after the other in bounded memory: a document, a page of a Parquet column or a chunk of 64 KiB at a time. The name of the
/// file says what it is (<see cref="DocumentFormat"/>); with <c>.gz</c> at its end it is decompressed on the way.
/// </summary>
public static class DocumentReader
{
    /// <summary>Reads a file's documents. Each is trimmed of white space at its ends; empty ones are left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Where in the file the text is.</param>
    /// <param name="progress">Receives the bytes of the file read so far, now and then.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">While enumerating: the file is empty or holds no document, is not what its name says, is damaged, lacks
    /// the column, uses what is not supported, or holds a document that is too long. The sentence names file and place.</exception>
    public static IEnumerable<string> Read(string path, DocumentOptions? options = null, Action<long>? progress = null)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"Data file '{path}' does not exist; check the path.", path);
        return ReadChecked(path, options ?? new DocumentOptions(), progress);
    }

    private static IEnumerable<string> ReadChecked(string path, DocumentOptions options, Action<long>? progress)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        if (file.Length == 0) throw new InvalidDataException($"{path}: the file is empty; give a file that holds text");
        using var stream = DocumentFormats.IsCompressed(path) ? new CheckedGzip(file, path) : (Stream)file;
        var found = false;
        foreach (var document in Open(stream, path, options))
        {
            found = true;
            progress?.Invoke(file.Position);
            yield return document;
        }
        if (!found) throw new InvalidDataException($"{path}: the file has {file.Length} bytes but no document; give a file that holds text");
    }

    private static IEnumerable<string> Open(Stream stream, string path, DocumentOptions options)
    {
        var format = DocumentFormats.Of(path);
        if (format == DocumentFormat.Parquet) return ParquetDocuments.Read(stream, path, options.Column);
        var reader = new StrictUtf8Reader(stream, path);
        return format switch
        {
            DocumentFormat.JsonLines => JsonDocuments.ReadLines(reader, path, options.Column),
            DocumentFormat.Json => JsonDocuments.ReadValues(reader, path, options.Column),
            DocumentFormat.Csv => CsvDocuments.Read(reader, path, options.Column, ','),
            DocumentFormat.Tsv => CsvDocuments.Read(reader, path, options.Column, '\t'),
            _ => TextDocuments.Read(reader, path, options.Separator),
        };
    }
}
