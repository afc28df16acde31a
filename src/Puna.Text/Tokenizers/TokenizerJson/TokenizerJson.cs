using System.Text.Json;

namespace Puna.Text;

/// <summary>
/// Hugging Face's tokenizer.json, as Llama-family and GPT-2 models have it: byte pair encoding with its normalisers, pre-tokenisers, post-processors and
/// decoders. What would change ids and is not run here is refused by name. Source: huggingface/tokenizers (behaviour).
/// </summary>
public static class TokenizerJson
{
    /// <summary>The name of the file in a model folder.</summary>
    public const string FileName = "tokenizer.json";

    private const long LargestFile = 1L << 29;

    /// <summary>Reads a file; begin and end symbols are those of the tokenizer_config.json beside it, where there is one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no tokenizer.json, a damaged one, or needs what this build does not run.</exception>
    public static BpeTokenizer Load(string path)
    {
        var length = FileSize.Of(path);
        if (length > LargestFile) throw new InvalidDataException($"{path}: {length} bytes are more than the {LargestFile} that a tokenizer.json may have; this is another file.");
        return Parse(File.ReadAllBytes(path), path, SpecialNames.FromFolder(Path.GetDirectoryName(Path.GetFullPath(path))!));
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">It is no tokenizer.json, a damaged one, or needs what this build does not run.</exception>
    public static BpeTokenizer Parse(byte[] content, string name = FileName) => Parse(content, name, new SpecialNames());

    internal static BpeTokenizer Parse(byte[] content, string name, SpecialNames names)
    {
        try
        {
            ReadOnlyMemory<byte> bytes = content.AsSpan().StartsWith("\uFEFF"u8) ? content.AsMemory(3) : content;
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 48 });
            return Read(new JsonPart(json.RootElement, name), names);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{name}: the file is not JSON, or nests deeper than 48 (line {error.LineNumber + 1}); repair it.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"{name}: a string in the file is not Unicode text ({error.Message.TrimEnd('.')}); repair it.", error);
        }
    }

    private static BpeTokenizer Read(JsonPart root, SpecialNames names)
    {
        var added = JsonAddedTokens.Read(root);
        var model = JsonModel.Read(root.Needed("model"), added);
        var splits = JsonSplits.Read(root.Part("pre_tokenizer"));
        var (first, last) = JsonPostProcessor.Read(root.Part("post_processor"), model.Ids);
        var special = names.Find(model.Ids, added, first, last, root.Where);
        var parts = new BpeParts
        {
            Name = root.Where,
            Pieces = model.Pieces,
            Merges = model.Merges,
            Added = added,
            Normalizer = JsonNormalizers.Read(root.Part("normalizer")),
            Splitter = splits.Splitter,
            Rule = SplitRule.All.FirstOrDefault(rule => ReferenceEquals(rule.Scanner, splits.Splitter)),
            SpellsBytes = splits.SpellsBytes,
            IgnoresMerges = model.IgnoresMerges,
            ByteFallback = model.ByteFallback,
            FusesUnknown = model.FusesUnknown,
            Decoding = JsonDecoders.Read(root.Part("decoder"), splits.IsByteLevel, root.Where),
            BosId = special.Bos,
            EosId = special.Eos,
            PadId = special.Pad,
            UnknownId = model.UnknownId ?? special.Unknown,
            AddsBos = names.AddsBos ?? first is not null,
            Json = new JsonTexts(Raw(root, "normalizer"), Raw(root, "pre_tokenizer"), Raw(root, "post_processor"), Raw(root, "decoder")),
        };
        return splits.IsByteLevel ? new ByteLevelBpe(parts) : new ByteFallbackBpe(parts);
    }

    private static string Raw(JsonPart root, string key) => root.Part(key)?.Element.GetRawText() ?? "null";
}

/// <summary>The parts of a tokenizer.json as they were read, to be written again.</summary>
internal sealed record JsonTexts(string Normalizer, string PreTokenizer, string PostProcessor, string Decoder);
