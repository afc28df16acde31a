using System.Text.Json;

namespace Puna.Text;

/// <summary>The model of a tokenizer.json: vocabulary and merges.</summary>
internal sealed class JsonModel
{
    private JsonModel(string[] pieces, Dictionary<string, int> ids) => (Pieces, Ids) = (pieces, ids);

    public string[] Pieces { get; }

    /// <summary>The ids of all pieces, added ones among them.</summary>
    public Dictionary<string, int> Ids { get; }

    public required MergeTable Merges { get; init; }

    public int? UnknownId { get; init; }

    public bool IgnoresMerges { get; init; }

    public bool ByteFallback { get; init; }

    public bool FusesUnknown { get; init; }

    public static JsonModel Read(JsonPart model, AddedToken[] added)
    {
        // Files of the first years leave the type out.
        if (model.Part("type") is not null ? model.Type != "BPE" : model.Part("merges") is null)
            throw new InvalidDataException($"{model.Where}: the type '{model.Part("type")?.AsText()}' is not run by this build; of tokenizer.json it runs BPE. A Unigram model comes from a SentencePiece file: give that tokenizer.model.");
        foreach (var key in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
            if (model.Part(key) is { } part && part.AsText().Length > 0) throw new InvalidDataException($"{part.Where}: '{part.AsText()}' is not run by this build, and without it the ids would be others.");
        if (model.Part("dropout") is { } dropout && (dropout.Element.ValueKind != JsonValueKind.Number || dropout.Element.GetDouble() != 0))
            throw new InvalidDataException($"{dropout.Where}: dropout draws ids at random, which this build does not; set it to null.");
        var ids = ReadIds(model.Needed("vocab"), added);
        var pieces = InOrder(ids, model.Where);
        int? unknown = model.Part("unk_token")?.AsText() is not { } text ? null
            : ids.TryGetValue(text, out var id) ? id : throw new InvalidDataException($"{model.Where}.unk_token: '{text}' is not in the vocabulary; add it, or set null.");
        return new JsonModel(pieces, ids)
        {
            Merges = ReadMerges(model, ids),
            UnknownId = unknown,
            IgnoresMerges = model.Flag("ignore_merges", false),
            ByteFallback = model.Flag("byte_fallback", false),
            FusesUnknown = model.Flag("fuse_unk", false),
        };
    }

    private static Dictionary<string, int> ReadIds(JsonPart vocabulary, AddedToken[] added)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (piece, value) in vocabulary.Members())
            if (!ids.TryAdd(piece, value.AsNumber())) throw new InvalidDataException($"{vocabulary.Where}: '{piece}' is there twice, as {ids[piece]} and as {value.AsNumber()}; a token must be unique.");
        foreach (var token in added)
            if (!ids.TryAdd(token.Content, token.Id) && ids[token.Content] != token.Id)
                throw new InvalidDataException($"{vocabulary.Where}: '{token.Content}' is {ids[token.Content]} here and {token.Id} among the added tokens; one of them is wrong.");
        return ids;
    }

    private static string[] InOrder(Dictionary<string, int> ids, string where)
    {
        var pieces = new string?[ids.Count];
        foreach (var (piece, id) in ids)
        {
            if ((uint)id >= (uint)pieces.Length) throw new InvalidDataException($"{where}: '{piece}' has the id {id}, but {ids.Count} tokens have the ids 0 to {ids.Count - 1}; an id between is missing.");
            if (pieces[id] is { } other) throw new InvalidDataException($"{where}: the id {id} is given to '{other}' and to '{piece}'; an id belongs to one token.");
            pieces[id] = piece;
        }
        return pieces!;
    }

    private static MergeTable ReadMerges(JsonPart model, Dictionary<string, int> ids)
    {
        var merges = new MergeTable(model.Needed("merges").Element is { ValueKind: JsonValueKind.Array } list ? list.GetArrayLength() : 0);
        var rank = 0;
        foreach (var merge in model.Items("merges"))
        {
            var (left, right) = Pair(merge);
            if (!ids.TryGetValue(left, out var leftId) || !ids.TryGetValue(right, out var rightId) || !ids.TryGetValue(left + right, out var id))
                throw new InvalidDataException($"{merge.Where}: '{left}' and '{right}' are not both in the vocabulary together with what they make; the file is damaged.");
            merges.Set(leftId, rightId, rank++, id);
        }
        return merges;
    }

    private static (string Left, string Right) Pair(JsonPart merge)
    {
        if (merge.Element is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 2) return (new JsonPart(list[0], merge.Where).AsText(), new JsonPart(list[1], merge.Where).AsText());
        if (merge.Element.ValueKind == JsonValueKind.String && merge.AsText().Split(' ') is [var left, var right]) return (left, right);
        throw new InvalidDataException($"{merge.Where}: a merge is two tokens, as a list or with one space between; the file is damaged.");
    }
}
