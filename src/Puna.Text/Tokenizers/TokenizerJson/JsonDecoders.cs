namespace Puna.Text;

/// <summary>The decoder of a tokenizer.json.</summary>
internal static class JsonDecoders
{
    private const int LongestContent = 64;
    private const string Known = "Sequence, ByteLevel, Replace, ByteFallback, Fuse, Strip and Metaspace";

    public static PieceDecoding Read(JsonPart? part, bool isByteLevel, string where)
    {
        var steps = part?.Steps("decoders") ?? [];
        var hasByteLevel = steps.Any(step => step.Type == "ByteLevel");
        if (isByteLevel)
        {
            if (steps.Length > 0 && !(hasByteLevel && steps.All(step => step.Type is "ByteLevel" or "Fuse")))
                throw new InvalidDataException($"{steps[0].Where}: pieces that are bytes (pre_tokenizer ByteLevel) need the decoder ByteLevel, alone.");
            return PieceDecoding.Bytes;
        }
        if (hasByteLevel) throw new InvalidDataException($"{part!.Value.Where}: the decoder ByteLevel needs the pre_tokenizer ByteLevel, which the file lacks.");
        if (steps.Length == 0) throw new InvalidDataException($"{where}: the file has no decoder, so its pieces would not become the text that they came from; this build runs {Known}.");
        return steps.Aggregate(new PieceDecoding(), Add);
    }

    private static PieceDecoding Add(PieceDecoding so, JsonPart step)
    {
        switch (step.Type)
        {
            case "Replace":
                if (JsonNormalizers.Pattern(step).Literal is not { } old) throw new InvalidDataException($"{step.Where}: a regular expression is not run in a decoder by this build.");
                if (so.IsFused && old.Length > 1) throw new InvalidDataException($"{step.Where}: replacing '{old}' across pieces (behind Fuse) is not run by this build.");
                if (step.Text("content") is not { Length: <= LongestContent } content) throw new InvalidDataException($"{step.Where}.content: the text is longer than {LongestContent} characters, and each piece would get it.");
                return so with { Replacements = [.. so.Replacements, new ReplaceStep(old, content)] };
            case "ByteFallback":
                return so with { JoinsBytes = true };
            case "Fuse":
                return so with { IsFused = true };
            case "Strip":
                if (!so.IsFused) throw new InvalidDataException($"{step.Where}: dropping characters in every piece (Strip without Fuse before it) is not run by this build.");
                if (step.Number("stop") != 0) throw new InvalidDataException($"{step.Where}: dropping characters at the end (stop {step.Number("stop")}) is not run by this build.");
                return so with { Dropped = step.Character("content"), MostDropped = step.Number("start") };
            case "Metaspace":
                var mark = step.Part("replacement") is null ? TextNormalizer.Space : step.Character("replacement");
                var scheme = step.Part("prepend_scheme")?.AsText() ?? (step.Flag("add_prefix_space", true) ? "always" : "never");
                return so with { Replacements = [.. so.Replacements, new ReplaceStep(mark.ToString(), " ")], DropsInFirstPiece = scheme != "never", Dropped = ' ' };
            default:
                throw step.Unsupported(Known);
        }
    }
}
