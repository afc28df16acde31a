using System.Text;

namespace Puna.Text.Tests;

/// <summary>A file that cannot be read is refused with one sentence that names it and the place.</summary>
public sealed class BadDocumentTests : IDisposable
{
    private readonly DocumentFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.txt", "", "is empty")]
    [InlineData("a.txt", " \n \n\n", "no document")]
    [InlineData("a.jsonl", "", "is empty")]
    [InlineData("a.jsonl", "{\"text\":null}\n", "no document")]
    [InlineData("a.csv", "text\n", "no document")]
    [InlineData("a.txt", "good\n\u0000bad", "byte 5 (line 2) is NUL")]
    [InlineData("a.jsonl", "{\"text\":\"x\"}\n{\"text\":\"y\"", "line 2 is not valid JSON")]
    [InlineData("a.jsonl", "{\"body\":\"x\",\"id\":1}\n", "line 1 has no field 'text', but body, id")]
    [InlineData("a.jsonl", "{\"text\":\"x\"}\n{\"text\":5}\n", "line 2: the field 'text' is a JSON number")]
    [InlineData("a.jsonl", "[\"x\"]\n", "line 1: the value is a JSON array")]
    [InlineData("a.jsonl", "{\"text\":\"\\ud800\"}\n", "half a surrogate pair")]
    [InlineData("a.json", "[{\"text\":\"x\"},{\"text\":\"y\"}", "cut short")]
    [InlineData("a.json", "[{\"text\":\"x\"},{\"text\":", "cut short")]
    [InlineData("a.json", "[{\"text\":\"x\"}] 5", "after the end of its array")]
    [InlineData("a.json", "[{\"text\":\"x\"},{\"body\":1}]", "value 2 has no field 'text'")]
    [InlineData("a.csv", "id,body\n1,x\n", "there is no column 'text'; the first row has id, body")]
    [InlineData("a.csv", "id,text\n1,x,y\n", "row 1 (line 2) has 3 fields, the first row 2")]
    [InlineData("a.csv", "id,text\n1,x\n2\n", "row 2 (line 3) has 1 field, the first row 2")]
    [InlineData("a.csv", "id,text\n1,x \"quoted\" y\n", "is not CSV")]
    [InlineData("a.csv", "id,text\n1,\"never closed\n2,x\n", "is not CSV")]
    [InlineData("a.txt.gz", "plain text", "is not gzip")]
    [InlineData("a.parquet", "PAR1 some text that is no parquet", "another kind of file")]
    [InlineData("a.parquet", "PAR1", "too few")]
    public void Each_fault_has_its_sentence(string name, string content, string sentence) =>
        DocumentFolder.Refusal(_folder.Write(name, content)).ShouldContain(sentence);

    [Theory]
    [InlineData("a.txt", "byte 6 (line 2) is 0xE9")]
    [InlineData("a.csv", "byte 6 (line 2) is 0xE9")]
    [InlineData("a.jsonl", "byte 6 (line 2) is 0xE9")]
    public void Text_that_is_not_utf8_is_refused_with_the_place(string name, string sentence) =>
        DocumentFolder.Refusal(_folder.Write(name, [.. "text\n\""u8, 0xE9, (byte)' '])).ShouldContain(sentence);

    [Fact]
    public void Utf8_that_is_wrong_beyond_the_first_chunk_has_its_place_too()
    {
        var lines = string.Concat(Enumerable.Repeat("0123456789abcde\n", 10_000));
        DocumentFolder.Refusal(_folder.Write("a.txt", [.. Encoding.UTF8.GetBytes("\uFEFF" + lines), 0xC3])).ShouldContain("byte 160003 (line 10001) is 0xC3");
    }

    [Fact]
    public void Gzip_that_is_damaged_or_cut_short_is_refused()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i * 7919}\n\n")));
        var whole = File.ReadAllBytes(_folder.WriteGzip("a.txt.gz", text));
        DocumentFolder.Refusal(_folder.Write("b.txt.gz", whole[..(whole.Length / 2)])).ShouldContain("damaged or cut short");
        whole[whole.Length / 2] ^= 0xFF;
        whole[(whole.Length / 2) + 1] ^= 0xFF;
        DocumentFolder.Refusal(_folder.Write("c.txt.gz", whole)).ShouldContain("gzip");
    }

    [Fact]
    public void A_document_without_end_is_refused_in_bounded_memory()
    {
        var path = _folder["a.txt"];
        using (var file = File.Create(path))
        {
            var chunk = new byte[1 << 20];
            chunk.AsSpan().Fill((byte)'x');
            for (var i = 0; i < 66; i++) file.Write(chunk);
        }
        DocumentFolder.Refusal(path).ShouldContain("67108864 characters");
        File.Move(path, _folder["a.jsonl"]);
        DocumentFolder.Refusal(_folder["a.jsonl"]).ShouldContain("67108864 characters");
    }
}
