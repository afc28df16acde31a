using CsvHelper;

namespace Puna.Text;

/// <summary>Documents of a table in text form (RFC 4180): one column of it, named in the first row.</summary>
internal static class CsvDocuments
{
    public static IEnumerable<string> Read(TextReader reader, string path, string column, char separator)
    {
        using var table = CsvReader.Create(reader, new CsvReaderOptions
        {
            Separator = separator,
            MaxRecordSize = 4 * DocumentOptions.MaximumCharacters,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw,
            IncludeValuesInExceptions = false,
        }, leaveOpen: true);
        if (!Advance(table, path)) yield break;
        var names = table.Headers.ToArray();
        var index = Array.IndexOf(names, column);
        if (index < 0) throw new InvalidDataException($"{path}: there is no column '{column}'; the first row has {string.Join(", ", names.Take(12))}; name the column with column: in data.train");
        do
        {
            if (table.FieldCount != names.Length)
                throw new InvalidDataException($"{path}: row {table.RowNumber} (line {table.LineNumber}) has {table.FieldCount} {(table.FieldCount == 1 ? "field" : "fields")}, the first row {names.Length}; a field with a {(separator == '\t' ? "tabulator" : "comma")} or a line end in it needs quotes");
            if (table.GetString(index).Trim() is { Length: > 0 } text) yield return text;
        }
        while (Advance(table, path));
    }

    private static bool Advance(CsvReader table, string path)
    {
        try
        {
            return table.Read();
        }
        catch (CsvFormatException exception)
        {
            throw new InvalidDataException($"{path}: line {exception.LineNumber} is not CSV ({exception.Message.TrimEnd('.')}); a field with a quote in it is written in quotes, its own quotes doubled", exception);
        }
    }
}
