using System.Text.Json.Nodes;

namespace Puna.Text;

/// <summary>The parts of a tokenizer.json for tokenizers that came from other files.</summary>
internal static class JsonPieces
{
    public const string ByteLevelDecoder = """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""";

    /// <summary>The rule's stages as regular expressions, then the bytes.</summary>
    public static string ByteLevelSplits(SplitRule rule)
    {
        if (rule == SplitRule.Gpt2) return ByteLevel(usesRegex: true).ToJsonString();
        var stages = rule.Stages.Select(stage => new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = stage }, ["behavior"] = "Isolated", ["invert"] = false });
        return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. stages, ByteLevel(usesRegex: false)]) }.ToJsonString();
    }

    /// <summary>The begin symbol before a text, where it belongs there; else null.</summary>
    public static string Template(BpeTokenizer tokenizer)
    {
        if (!tokenizer.AddsBos) return "null";
        var (bos, id) = (tokenizer.IdToPiece(tokenizer.BosId!.Value), tokenizer.BosId.Value);
        JsonArray Items(params string[] sequences) => new([.. sequences.SelectMany((name, type) => (JsonNode[])[Item("SpecialToken", bos, type), Item("Sequence", name, type)])]);
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = Items("A"),
            ["pair"] = Items("A", "B"),
            ["special_tokens"] = new JsonObject { [bos] = new JsonObject { ["id"] = bos, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(bos) } },
        }.ToJsonString();
    }

    /// <summary>Spaces become U+2581, one of them before the text where the parts say so.</summary>
    public static string LlamaNormalizer(BpeParts parts)
    {
        var replace = new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = " " }, ["content"] = "\u2581" };
        if (parts.Normalizer is not StepSequence) return replace.ToJsonString();
        return new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray(new JsonObject { ["type"] = "Prepend", ["prepend"] = "\u2581" }, replace) }.ToJsonString();
    }

    /// <summary>The way back.</summary>
    public static string LlamaDecoder(BpeParts parts)
    {
        var steps = new List<JsonNode> { new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = "\u2581" }, ["content"] = " " } };
        if (parts.ByteFallback) steps.Add(new JsonObject { ["type"] = "ByteFallback" });
        steps.Add(new JsonObject { ["type"] = "Fuse" });
        if (parts.Decoding.MostDropped > 0) steps.Add(new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = parts.Decoding.MostDropped, ["stop"] = 0 });
        return new JsonObject { ["type"] = "Sequence", ["decoders"] = new JsonArray([.. steps]) }.ToJsonString();
    }

    private static JsonObject ByteLevel(bool usesRegex) => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = usesRegex };

    private static JsonObject Item(string kind, string id, int type) => new() { [kind] = new JsonObject { ["id"] = id, ["type_id"] = type } };
}
