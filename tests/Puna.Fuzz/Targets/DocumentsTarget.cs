using System.IO.Compression;
using System.Text;
using Puna.Tensors;
using Puna.Text;

namespace Puna.Fuzz;

/// <summary>Text to train on in every other format: lines of JSON, arrays, tables, plain text, each also compressed.</summary>
internal sealed class DocumentsTarget : IFuzzTarget
{
    private const string Json = """[{"text":"one","id":1,"more":[{"a":[1,2,{"b":null}]}]},{"id":2,"text":"t\u00e9\ud83e\udd99 \"q\" \\ \n"},{"text":null},{"text":"last"}]""";
    private static readonly (string Name, string Content)[] Seeds =
    [
        ("a.jsonl", """{"text":"one","id":1}""" + "\n\n" + """{"id":2,"text":"t\u00e9 \"q\""}""" + "\r\n\"only text\"\n"), ("a.json", Json), ("a.json", "{\"text\":\"x\"} {\"text\":\"y\"}\n\"z\""),
        ("a.csv", "id,text\n1,plain\n2,\"with, comma and \"\"quotes\"\"\"\n3,\"two\nlines\"\n"), ("a.tsv", "id\ttext\n1\tplain\n2\t\"q\"\n"), ("a.txt", "\uFEFFone\n\ntwo\r\n\r\nthree é 語 \U0001F999\n\n"),
    ];

    private static readonly WordMutator Words = new(
        ["{", "}", "[", "]", "[[[[", ":", ",", "\"", "\"\"", "\\", "\\u", "\\ud800", "text", "id", "null", "1", "1e999", "true", "\n", "\r", "\n\n", "\t", " ", ";", "'", "\0", "\uFEFF", "\u2028", "é", "\U0001F999"]);

    public string Name => "documents";

    public int Multiple => 64;

    public long Constant => 1 << 20;

    // the first byte says which format it is, and whether it is compressed
    public byte[] Make(CounterRandom random)
    {
        var index = random.Next(Seeds.Length);
        var bytes = Encoding.UTF8.GetBytes(Words.Mutate(random, Seeds[index].Content, random.Of(Seeds).Content, isGentle: random.Next(2) == 0));
        if (random.Next(6) == 0) bytes = BinaryMutator.Structure(random, bytes, bytes);
        if (random.Next(5) > 0) return [(byte)index, .. bytes];
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        var whole = packed.ToArray();
        return [(byte)(index + Seeds.Length), .. random.Next(2) == 0 ? whole : BinaryMutator.Structure(random, whole, whole)];
    }

    public long Read(byte[] bytes, FuzzFolder folder)
    {
        var name = Seeds[bytes[0] % Seeds.Length].Name + (bytes[0] < Seeds.Length ? "" : ".gz");
        foreach (var document in DocumentReader.Read(folder.Write(name, bytes.AsSpan(1)))) _ = document.Length;
        return 0;
    }

    public bool IsPastHeader(byte[] bytes, string? refusal) => refusal is null || !(refusal.Contains("is empty") || refusal.Contains("first row") || refusal.Contains("line 1 ") || refusal.Contains("line 1:") || refusal.Contains("value 1 ") || refusal.Contains("is not gzip"));
}
