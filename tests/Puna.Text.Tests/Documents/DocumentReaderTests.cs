using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

/// <summary>Every format gives the same documents, plain or compressed, however its file was saved.</summary>
public sealed class DocumentReaderTests : IDisposable
{
    private static readonly string[] Documents = ["one, with a comma", "two\nlines and \"quotes\"", "märz 漢字 🙂", "the\ttab"];
    private readonly DocumentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Files => new()
    {
        { "a.txt", "one, with a comma\n\n\n\ntwo\nlines and \"quotes\"\n\nmärz 漢字 🙂\n\nthe\ttab\n" },
        { "a.md", "one, with a comma\n\ntwo\nlines and \"quotes\"\n\n  märz 漢字 🙂  \n\nthe\ttab" },
        { "a.jsonl", "{\"id\":1,\"text\":\"one, with a comma\"}\n\n\"two\\nlines and \\\"quotes\\\"\"\n{\"text\":\"m\\u00e4rz 漢字 \\ud83d\\ude42\",\"x\":{\"text\":[1]}}\n{\"text\":null}\n{\"text\":\" \"}\n{\"text\":\"the\\ttab\"}" },
        { "a.json", "[{\"text\":\"one, with a comma\"},\n {\"id\":[1,{\"a\":\"]}\"}],\"text\":\"two\\nlines and \\\"quotes\\\"\"} , \"märz 漢字 🙂\",{\"text\":\"the\\ttab\"}]\n" },
        { "b.json", "{\"text\":\"one, with a comma\"}{\n  \"text\": \"two\\nlines and \\\"quotes\\\"\"\n}\n\"märz 漢字 🙂\" {\"text\":\"the\\ttab\"}" },
        { "a.csv", "id,text\n1,\"one, with a comma\"\n2,\"two\nlines and \"\"quotes\"\"\"\n\n3,märz 漢字 🙂\n4,\n5,the\ttab\n" },
        { "a.tsv", "text\tid\none, with a comma\t1\n\"two\nlines and \"\"quotes\"\"\"\t2\nmärz 漢字 🙂\t3\n\"the\ttab\"\t4\n" },
    };

    [Theory, MemberData(nameof(Files))]
    public void Each_format_gives_its_documents(string name, string content)
    {
        DocumentFolder.Read(_folder.Write(name, content)).ShouldBe(Documents);
        DocumentFolder.Read(_folder.Write("marked-" + name, "\uFEFF" + content)).ShouldBe(Documents, "with a byte order mark");
        DocumentFolder.Read(_folder.Write("windows-" + name, content.Replace("\n", "\r\n"))).ShouldBe(Documents, "with CR LF");
        DocumentFolder.Read(_folder.WriteGzip(name + ".gz", Encoding.UTF8.GetBytes("\uFEFF" + content.Replace("\n", "\r\n")))).ShouldBe(Documents, "compressed");
        DocumentFolder.Read(_folder.WriteGzip(name.ToUpperInvariant() + ".GZ", Encoding.UTF8.GetBytes(content))).ShouldBe(Documents, "in capitals");
    }

    [Fact]
    public void Another_column_may_hold_the_text()
    {
        var options = new DocumentOptions("content");
        DocumentFolder.Read(_folder.Write("a.jsonl", "{\"content\":\"x\",\"text\":1}"), options).ShouldBe(["x"]);
        DocumentFolder.Read(_folder.Write("a.csv", "text,content\n1,x\n"), options).ShouldBe(["x"]);
    }

    [Fact]
    public void A_text_without_a_separator_is_one_document_a_file()
    {
        var path = _folder.Write("a.txt", " a\n\nb \n\n");
        DocumentFolder.Read(path, new DocumentOptions(Separator: "")).ShouldBe(["a\n\nb"]);
        DocumentFolder.Read(_folder.Write("b.txt", "x<|endoftext|>\ny\n<|endoftext|>"), new DocumentOptions(Separator: "<|endoftext|>")).ShouldBe(["x", "y"]);
    }

    // pieces that make separators, characters and line ends fall on the borders of the reader's chunks
    private static readonly Gen<string> Content = Gen.Elements("\n", "\n\n", "\r\n", "\r", "a", "é", "漢", "🙂", " ", "word ").NonEmptyListOf()
        .Zip(Gen.Choose(65520, 65545)).Select(pair => new string('x', pair.Item2) + string.Concat(pair.Item1) + new string('y', 65530) + string.Concat(pair.Item1.AsEnumerable().Reverse()) + "end");

    [Fact]
    public void Reading_in_chunks_is_splitting_the_whole() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll(Content.ToArbitrary(), content =>
    {
        var path = _folder.Write("chunks.txt", content);
        var whole = content.Replace("\r\n", "\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        DocumentFolder.Read(path).ShouldBe(whole);
        var lines = content.Replace("\r\n", "\n").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).ToArray();
        DocumentFolder.Read(_folder.Write("chunks.jsonl", string.Concat(lines.Select(line => System.Text.Json.JsonSerializer.Serialize(line) + "\r\n")))).ShouldBe(lines);
    }));

    [Fact]
    public void A_document_larger_than_the_buffers_comes_whole()
    {
        var large = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i} "));
        DocumentFolder.Read(_folder.Write("a.txt", "a\n\n" + large + "\n\nb")).ShouldBe(["a", large.Trim(), "b"]);
        DocumentFolder.Read(_folder.Write("a.csv", "text\n\"" + large + "\"\nb\n")).ShouldBe([large.Trim(), "b"]);
    }

    [Fact]
    public void The_order_of_a_folder_is_that_of_its_paths()
    {
        foreach (var name in (string[])["d/b.txt", "d/a.jsonl.gz", "d/B.csv", "d/sub/c.parquet", "d/notes.pdf", "d/.hidden.txt"]) _folder.Write(name, "x");
        string[] Names(string path) => [.. DocumentFiles.Find(path).Select(file => Path.GetRelativePath(_folder[""], file).Replace('\\', '/'))];
        Names(_folder["d"]).ShouldBe(["d/B.csv", "d/a.jsonl.gz", "d/b.txt", "d/sub/c.parquet"]);
        Names(_folder["d/*.txt"]).ShouldBe(["d/b.txt"]);
        Names(_folder["d/**/*.parquet"]).ShouldBe(["d/sub/c.parquet"]);
        Names(_folder["?/a*"]).ShouldBe(["d/a.jsonl.gz"]);
    }

    [Fact]
    public void Nothing_at_a_path_and_an_empty_folder_are_refused()
    {
        Should.Throw<FileNotFoundException>(() => DocumentFiles.Find(_folder["none.txt"])).Message.ShouldContain("none.txt");
        Should.Throw<FileNotFoundException>(() => DocumentFiles.Find(_folder["*.txt"])).Message.ShouldContain("No file matches");
        _folder.Write("d/notes.pdf", "x");
        Should.Throw<InvalidDataException>(() => DocumentFiles.Find(_folder["d"])).Message.ShouldContain(".jsonl");
        Should.Throw<FileNotFoundException>(() => DocumentReader.Read(_folder["none.csv"]));
    }
}
