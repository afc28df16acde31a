using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Puna.Tensors;
using Puna.Tests;
using Puna.Text;

namespace Puna.Fuzz;

/// <summary>SentencePiece's tokenizer.model: characters, BPE and unigram, of our own and of the original's.</summary>
internal sealed class ProtobufTarget : IFuzzTarget
{
    private readonly (byte[] Bytes, List<Field> Fields)[] _seeds;

    public ProtobufTarget()
    {
        byte[][] files =
        [
            SmallModels.Written(SmallModels.Characters().Save)["tokenizer.model"], SmallModels.Written(SmallModels.Pieces(byteFallback: false).Save)["tokenizer.model"], WithRules(),
            File.ReadAllBytes(SharedData.Golden("sentencepiece/bpe_512_ascii_symbols.model")), File.ReadAllBytes(SharedData.Golden("sentencepiece/unigram_1000_identity_no_dummy_prefix.model")),
        ];
        _seeds = [.. files.Select(file => (file, ByteMaps.OfProtobuf(file)))];
    }

    public string Name => "protobuf";

    public int Multiple => 64;

    public long Constant => 2 << 20;

    public byte[] Make(CounterRandom random)
    {
        var (bytes, fields) = _seeds[random.Next(4) > 0 ? random.Next(3) : random.Next(_seeds.Length)];
        return BinaryMutator.Mutate(random, bytes, fields, random.Of(_seeds).Bytes);
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        SmallModels.Use(Tokenizers.Create(SentencePieceModel.Parse(bytes, "fuzz.model"), "fuzz.model"));
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !refusal.StartsWith("fuzz.model: ", StringComparison.Ordinal) || !(refusal.Contains("do not form") || refusal.Contains("wire type") || refusal.Contains("no pieces"));

    /// <summary>A model with character rules of its own: a trie of two units whose one rule turns «a» into «bb».</summary>
    private static byte[] WithRules()
    {
        var model = SentencePieceModel.Parse(SmallModels.Written(SmallModels.Characters().Save)["tokenizer.model"]);
        var units = new uint['a' + 512];
        units[0] = 1 << 10;
        units[1 ^ 'a'] = 'a' | 0x100 | ((300u ^ 1 ^ 'a') << 10);
        units[300] = 0x8000_0000;
        var rules = new byte[4 + (4 * units.Length) + 3];
        BinaryPrimitives.WriteInt32LittleEndian(rules, 4 * units.Length);
        for (var i = 0; i < units.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(rules.AsSpan(4 + (4 * i)), units[i]);
        "bb\0"u8.CopyTo(rules.AsSpan(rules.Length - 3));
        model.Normalizer.CharsMap = rules;
        return model.ToBytes();
    }
}

/// <summary>Hugging Face's tokenizer.json over pieces and over bytes.</summary>
internal sealed class TokenizerJsonTarget : IFuzzTarget
{
    private static readonly string[] Parts =
    [
        """{"type":"Split","pattern":{"Regex":"[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\s+"},"behavior":"Isolated","invert":false}""", """{"type":"Split","pattern":{"String":"a"},"behavior":"MergedWithNext","invert":true}""",
        """{"type":"Split","pattern":{"Regex":"(a|aa)+b"},"behavior":"Removed","invert":true}""", """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}""", """{"type":"Digits","individual_digits":true}""",
        """{"type":"Punctuation","behavior":"Contiguous"}""", """{"type":"Whitespace"}""", """{"type":"WhitespaceSplit"}""", """{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""", """{"type":"NFKD"}""", """{"type":"NFC"}""",
        """{"type":"Lowercase"}""", """{"type":"StripAccents"}""", """{"type":"Strip","strip_left":true,"strip_right":true}""", """{"type":"Prepend","prepend":"xx"}""", """{"type":"Replace","pattern":{"String":"t"},"content":"tttttttttttt"}""",
        """{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "}""", """{"type":"ByteFallback"}""", """{"type":"Fuse"}""", """{"type":"Strip","content":" ","start":1,"stop":0}""",
        """{"id":0,"content":"the","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}""", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{}}""",
    ];

    private readonly string[] _seeds =
    [
        Encoding.UTF8.GetString(TokenizerJsonWriter.ToBytes(SmallModels.Pieces(byteFallback: false))), Encoding.UTF8.GetString(TokenizerJsonWriter.ToBytes(SmallModels.Pieces(byteFallback: false))),
        Encoding.UTF8.GetString(TokenizerJsonWriter.ToBytes(SmallModels.Bytes())),
    ];

    public TokenizerJsonTarget()
    {
        // tables that are made once for the whole process are no file's fault
        foreach (var form in (string[])["NFKD", "NFC"])
        {
            var json = JsonNode.Parse(_seeds[0])!;
            json["normalizer"] = new JsonObject { ["type"] = form };
            SmallModels.Use(TokenizerJson.Parse(Encoding.UTF8.GetBytes(json.ToJsonString())));
        }
    }

    public string Name => "tokenizer.json";

    public int Multiple => 64;

    public long Constant => 2 << 20;

    public byte[] Make(CounterRandom random) => JsonMutator.Mutate(random, random.Of(_seeds), Parts);

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        SmallModels.Use(TokenizerJson.Parse(bytes, "fuzz.json"));
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => ConfigTarget.IsObject(bytes);
}

/// <summary>tiktoken's rank files: lines of base64 and a number.</summary>
internal sealed class RanksTarget : IFuzzTarget
{
    private readonly string[] _lines =
    [
        .. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }).Concat(new[] { "he", "ll", "llo", "hello", " w", "or", "ld", "orld", " world" }.Select(Encoding.UTF8.GetBytes))
            .Select((token, rank) => $"{Convert.ToBase64String(token)} {rank}"),
    ];

    public string Name => "ranks";

    public int Multiple => 64;

    public long Constant => 1 << 20;

    public byte[] Make(CounterRandom random)
    {
        var lines = _lines.ToList();
        for (var count = 1 + random.Next(3); count > 0 && lines.Count > 1; count--)
        {
            var at = random.Next(lines.Count);
            var parts = lines[at].Split(' ');
            switch (random.Next(8))
            {
                case 0: lines.RemoveAt(at); break;
                case 1: lines.Insert(at, lines[at]); break;
                case 2: lines[at] = $"{parts[0]} {random.Of(Nasty.Numbers)}"; break;
                case 3: lines[at] = $"{Convert.ToBase64String(new byte[random.Next(400)])} {parts[^1]}"; break;
                case 4: lines[at] = lines[at].Replace(' ', (char)random.Next(128)); break;
                case 5: lines[at] = string.Concat(lines[at].Select(c => random.Next(9) == 0 ? (char)random.Next(128) : c)); break;
                case 6: lines.Add($"{Convert.ToBase64String(BinaryMutator.Noise(random, 1 + random.Next(8)))} {lines.Count}"); break;
                default: (lines[at], lines[0]) = (lines[0], lines[at]); break;
            }
        }
        var bytes = Encoding.Latin1.GetBytes(string.Join('\n', lines));
        return random.Next(8) == 0 ? BinaryMutator.Structure(random, bytes, bytes) : bytes;
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        SmallModels.Use(RankFile.Parse(bytes, "fuzz.ranks"));
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal?.Contains("line 1:") != true && refusal?.Contains("no token in") != true;
}

/// <summary>llama2.c's vocabulary.</summary>
internal sealed class TokBinTarget : IFuzzTarget
{
    private readonly byte[] _sound;
    private readonly List<Field> _fields = [new(0, 4)];

    public TokBinTarget()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(16);
        foreach (var (text, score, type) in SmallModels.Pieces(byteFallback: false).Model.Pieces)
        {
            var bytes = Encoding.UTF8.GetBytes(type == SentencePieceType.Control ? $"\n{text}\n" : text.Replace('\u2581', ' '));
            _fields.AddRange([new((int)stream.Position, 4), new((int)stream.Position + 4, 4), new((int)stream.Position + 8, 1)]);
            writer.Write(score);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
        _sound = stream.ToArray();
    }

    public string Name => "tok.bin";

    public int Multiple => 16;

    public long Constant => 1 << 20;

    public byte[] Make(CounterRandom random) => BinaryMutator.Mutate(random, _sound, _fields, _sound);

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        SmallModels.Use(Tokenizers.Create(TokBin.Parse(bytes, "fuzz.bin"), "fuzz.bin"));
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !(refusal.Contains("too few") || refusal.Contains("piece 0"));
}
