using System.Text;
using System.Text.Json;

namespace Puna.Text;

/// <summary>The two files of GPT-2 and its kin: vocab.json (a token's spelling and its id) and merges.txt (two tokens a line, the first merge first). They are cut by GPT-2's rule. Source: openai/gpt-2, src/encoder.py (behaviour).</summary>
public static class Gpt2Files
{
    /// <summary>The names of the two in a model folder.</summary>
    public const string VocabularyName = "vocab.json", MergesName = "merges.txt";

    private const long LargestFile = 1L << 28;
    private const string EndOfText = "<|endoftext|>";

    /// <summary>Reads the two files.</summary>
    /// <param name="vocabularyPath">vocab.json, or encoder.json as it was first called.</param>
    /// <param name="mergesPath">merges.txt, or vocab.bpe.</param>
    /// <exception cref="InvalidDataException">One of them is missing, damaged, or does not fit the other.</exception>
    public static ByteLevelBpe Load(string vocabularyPath, string mergesPath)
    {
        foreach (var path in (string[])[vocabularyPath, mergesPath])
        {
            if (!File.Exists(path)) throw new InvalidDataException($"{path} is missing: GPT-2's tokenizer is the two files {VocabularyName} and {MergesName}.");
            if (FileSize.Of(path) > LargestFile) throw new InvalidDataException($"{path}: more than the {LargestFile} bytes that such a file may have; this is another file.");
        }
        var pieces = Pieces(vocabularyPath);
        var ids = new PieceIds(pieces, vocabularyPath);
        var merges = new MergeTable(pieces.Length);
        var rank = 0;
        foreach (var line in File.ReadLines(mergesPath, Encoding.UTF8))
        {
            if (line.Length == 0 || (rank == 0 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            if (line.Split(' ') is not [var left, var right]) throw new InvalidDataException($"{mergesPath}: merge {rank} is '{line}', not two tokens and a space between.");
            ids.AddMerge(merges, rank++, left, right, mergesPath);
        }
        AddedToken[] added = Array.IndexOf(pieces, EndOfText) is >= 0 and var end ? [new AddedToken(end, EndOfText, Special: true)] : [];
        int? endId = added.Length > 0 ? added[0].Id : null;
        return new ByteLevelBpe(new BpeParts
        {
            Name = vocabularyPath,
            Pieces = pieces,
            Merges = merges,
            Added = added,
            Splitter = SplitRule.Gpt2.Scanner,
            Rule = SplitRule.Gpt2,
            BosId = endId,
            EosId = endId,
        });
    }

    private static string[] Pieces(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 8 });
            var members = new JsonPart(json.RootElement, path).Members().ToArray();
            var pieces = new string?[members.Length];
            foreach (var (piece, value) in members)
            {
                var id = value.AsNumber();
                if ((uint)id >= (uint)pieces.Length) throw new InvalidDataException($"{path}: '{piece}' has the id {id}, but {pieces.Length} tokens have the ids 0 to {pieces.Length - 1}; an id between is missing.");
                if (pieces[id] is { } other) throw new InvalidDataException($"{path}: the id {id} is given to '{other}' and to '{piece}'; an id belongs to one token.");
                pieces[id] = piece;
            }
            return pieces.Length > 0 ? [.. pieces.Select(piece => piece!)] : throw new InvalidDataException($"{path}: the vocabulary has no tokens.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: the file is not JSON ({error.Message.TrimEnd('.')}); repair it.", error);
        }
    }
}
