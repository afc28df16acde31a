using System.Text;

namespace Puna.Text.Tests;

/// <summary>The tokenizer keys of a GGUF file: as little of the format as the tests here need (rooms above read whole files). Source: ggml-org/ggml, docs/gguf.md.</summary>
internal static class GgufVocabularies
{
    public static EmbeddedVocabulary Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        reader.ReadUInt32().ShouldBe(0x46554747u);
        reader.ReadUInt32().ShouldBe(3u);
        reader.ReadUInt64();
        var values = new Dictionary<string, object>();
        for (var left = reader.ReadUInt64(); left > 0; left--)
        {
            var key = Text(reader);
            values[key] = Value(reader, reader.ReadUInt32());
        }
        T? Get<T>(string key) => values.TryGetValue("tokenizer.ggml." + key, out var value) ? (T)value : default;
        IReadOnlyList<T>? List<T>(string key) => Get<object[]>(key)?.Cast<T>().ToArray();
        int? Id(string key) => Get<object>(key + "_token_id") is { } value ? Convert.ToInt32(value) : null;
        return new EmbeddedVocabulary
        {
            Model = Get<string>("model")!,
            Tokens = List<string>("tokens")!,
            Scores = List<float>("scores"),
            TokenTypes = List<int>("token_type"),
            Merges = List<string>("merges"),
            PreTokenizer = Get<string>("pre"),
            BosId = Id("bos"),
            EosId = Id("eos"),
            UnknownId = Id("unknown"),
            PadId = Id("padding"),
            AddBos = Get<object>("add_bos_token") as bool?,
            AddSpacePrefix = Get<object>("add_space_prefix") as bool?,
        };
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    private static object Value(BinaryReader reader, uint type) => type switch
    {
        0 => reader.ReadByte(),
        1 => reader.ReadSByte(),
        2 => reader.ReadUInt16(),
        3 => reader.ReadInt16(),
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => Text(reader),
        9 => Array(reader),
        10 => reader.ReadUInt64(),
        11 => reader.ReadInt64(),
        _ => reader.ReadDouble(),
    };

    private static object[] Array(BinaryReader reader)
    {
        var type = reader.ReadUInt32();
        var values = new object[reader.ReadUInt64()];
        for (var i = 0; i < values.Length; i++) values[i] = Value(reader, type);
        return values;
    }
}
