using Puna.Tests;

namespace Puna.Text.Tests;

public sealed class TextFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void Text_comes_back_without_its_byte_order_mark()
    {
        TextFile.Read(Write([0xEF, 0xBB, 0xBF, .. "é\r\n"u8])).ShouldBe("é\r\n");
        var path = Path.Combine(folder, "new", "text.txt");
        TextFile.WriteAllText(path, "語");
        TextFile.Read(path).ShouldBe("語");
        Directory.GetFiles(Path.GetDirectoryName(path)!).Length.ShouldBe(1);
    }

    [Fact]
    public void What_is_no_text_is_refused_with_its_place()
    {
        Should.Throw<FileNotFoundException>(() => TextFile.Read(Path.Combine(folder, "none.txt")));
        Message([]).ShouldContain("0 bytes but no text");
        Message(" \n\t"u8).ShouldContain("no text");
        Message("ab\nc\0d"u8).ShouldContain("byte 4 (line 2) is NUL");
        Message([.. "ab\ncd"u8, 0xE9, (byte)'x']).ShouldContain("byte 5 (line 2) is 0xE9, which is not valid UTF-8 there; convert the file to UTF-8");
        Message([(byte)'a', 0xC3]).ShouldContain("byte 1 (line 1)");
    }

    [Fact]
    public void Documents_are_what_stands_between_blank_lines() =>
        TextFile.ReadDocuments(Write("\n a\r\nb\n  \n\nc"u8)).ShouldBe([" a\nb", "c"]);

    [SkippableFact]
    public void A_book_in_another_encoding_is_refused()
    {
        var path = SharedData.Shared("data/corpora/kjv.txt");
        Should.Throw<InvalidDataException>(() => TextFile.Read(path)).Message.ShouldMatch(@"kjv\.txt: byte 329724 \(line 2471\) is 0x97,.*convert the file to UTF-8");
    }

    private string Message(ReadOnlySpan<byte> bytes)
    {
        var path = Write(bytes);
        return Should.Throw<InvalidDataException>(() => TextFile.Read(path)).Message;
    }

    private string Write(ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(folder, "text.txt");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
