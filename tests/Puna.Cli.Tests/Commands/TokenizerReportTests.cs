using System.Text;
using Puna.Text;

namespace Puna.Cli.Tests;

public sealed class TokenizerReportTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Tokenizers_stand_side_by_side_by_language_and_for_code()
    {
        CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--vocab-size", "300", "--llama", "--output", _scratch["bpe.model"]);
        TokenizerJsonWriter.Save(Tokenizers.Load(_scratch["bpe.model"]), _scratch["tokenizer.json"]);
        CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--type", "char", "--output", _scratch["char.model"]);
        File.WriteAllText(_scratch["a.txt"], "the cat sees the moon");
        File.WriteAllText(_scratch["b.txt"], "кот видит луну");
        File.WriteAllText(_scratch["c.cs"], "int a = 1;");
        File.WriteAllText(_scratch["d.txt"], "katze mond");
        string[] report = ["tokenizer", "report", "--tokenizer", _scratch["bpe.model"], _scratch["tokenizer.json"], _scratch["char.model"], "--data", _scratch["a.txt"], _scratch["b.txt"], _scratch["c.cs"], "de=" + _scratch["d.txt"]];
        var rows = CommandLine.Done([.. report, "--json"]).Json.GetProperty("rows").EnumerateArray().ToArray();
        rows.Select(row => row.GetProperty("text").GetString()).Distinct().ShouldBe(["Latin", "Cyrillic", "code", "de", "all"]);
        rows.Length.ShouldBe(15);
        var first = rows[0];
        (first.GetProperty("bytes").GetInt64(), first.GetProperty("words").GetInt64()).ShouldBe((21, 5));
        first.GetProperty("tokens").GetInt64().ShouldBe(Tokenizers.Load(_scratch["bpe.model"]).Encode("the cat sees the moon").Length);
        rows[1].GetProperty("tokens").GetInt64().ShouldBe(first.GetProperty("tokens").GetInt64());
        rows[^3].GetProperty("bytes").GetInt64().ShouldBe(21 + Encoding.UTF8.GetByteCount("кот видит луну") + 10 + 10);
        var table = CommandLine.Done(report).Output;
        table.ShouldContain("bytes/token");
        table.Split('\n').Count(line => line.Length > 0).ShouldBe(16);
    }

    [Fact]
    public void What_is_missing_is_asked_for()
    {
        CommandLine.Refused(["tokenizer", "report", "--data", Tiny.Text], "--tokenizer PATH");
        CommandLine.Refused(["tokenizer", "report", "--tokenizer", _scratch["none.model"], "--data", Tiny.Text], "does not exist");
        CommandLine.Done("tokenizer", "train", "--data", Tiny.Text, "--type", "char", "--output", _scratch["char.model"]);
        CommandLine.Refused(["tokenizer", "report", "--tokenizer", _scratch["char.model"]], "--data FILE");
        CommandLine.Refused(["tokenizer", "report", "--tokenizer", _scratch["char.model"], "--data", "de=" + _scratch["none.txt"]], "does not exist");
    }
}
