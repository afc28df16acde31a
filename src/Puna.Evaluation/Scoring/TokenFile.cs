using System.Text.Json;

namespace Puna.Evaluation;

/// <summary>Sequences of ids, with the document of each id where rows are packed.</summary>
/// <param name="Ids">One array a sequence.</param>
/// <param name="IsSingle">Whether the file held one plain array.</param>
/// <param name="Documents">As <paramref name="Ids"/>, or null.</param>
public sealed record TokenSequences(IReadOnlyList<int[]> Ids, bool IsSingle, IReadOnlyList<int[]>? Documents = null);

/// <summary>Reads files of token ids: a JSON array of ids, or an array of such arrays.</summary>
public static class TokenFile
{
    /// <summary>Reads ids, and where they are packed the document of each.</summary>
    /// <param name="tokens">The file of ids.</param>
    /// <param name="documents">A file of the same shape with the document of each id, or null.</param>
    /// <param name="vocabularySize">Ids must be below it.</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is not of this form, an id is not in the vocabulary (with its index), or the shapes differ.</exception>
    public static TokenSequences Read(string tokens, string? documents, int vocabularySize)
    {
        var (ids, isSingle) = Read(tokens);
        for (var row = 0; row < ids.Count; row++)
        {
            if (ids[row].Length == 0) throw new InvalidDataException($"{tokens}: {Place(isSingle, row)} has no ids");
            for (var i = 0; i < ids[row].Length; i++)
            {
                if ((uint)ids[row][i] >= (uint)vocabularySize)
                    throw new InvalidDataException($"{tokens}: id {ids[row][i]} at index {i}{(isSingle ? "" : $" of sequence {row}")} is not in the vocabulary: ids go from 0 to {vocabularySize - 1}");
            }
        }
        if (ids.Count == 0) throw new InvalidDataException($"{tokens} holds no sequence");
        if (documents is null) return new TokenSequences(ids, isSingle);
        var (marks, _) = Read(documents);
        if (marks.Count != ids.Count) throw new InvalidDataException($"{documents} has {marks.Count} sequences, {tokens} has {ids.Count}");
        for (var row = 0; row < ids.Count; row++)
        {
            if (marks[row].Length != ids[row].Length) throw new InvalidDataException($"{documents}: {Place(isSingle, row)} has {marks[row].Length} documents for {ids[row].Length} ids");
        }
        return new TokenSequences(ids, isSingle, marks);
    }

    private static string Place(bool isSingle, int row) => isSingle ? "the array" : $"sequence {row}";

    private static (IReadOnlyList<int[]> Rows, bool IsSingle) Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file {path}", path);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var items = json.RootElement.EnumerateArray().ToArray();
            return items is [{ ValueKind: JsonValueKind.Array }, ..] ? ([.. items.Select(Ids)], false) : items.Length == 0 ? ([], true) : ([Ids(json.RootElement)], true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is not a JSON array of whole numbers, or of such arrays");
        }
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];
}
