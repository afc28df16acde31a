namespace Puna.Inference.Tests;

public sealed class PromptFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_line_of_text_is_a_prompt_and_a_line_of_json_may_say_more()
    {
        File.WriteAllText(_folder["p.txt"], "one\n\n two \r\nthree");
        PromptFile.Read(_folder["p.txt"]).Select(prompt => (prompt.Index, prompt.Line, prompt.Text)).ShouldBe([(0, 1, "one"), (1, 3, " two "), (2, 4, "three")]);
        File.WriteAllText(_folder["p.jsonl"], "\"a\\nb\"\n{\"id\": 7, \"prompt\": \"c\", \"system\": \"s\", \"tags\": [\"x\"]}\n");
        var prompts = PromptFile.Read(_folder["p.jsonl"]);
        (prompts[0].Text, prompts[0].System, prompts[0].Others.Count).ShouldBe(("a\nb", null, 0));
        (prompts[1].Text, prompts[1].System).ShouldBe(("c", "s"));
        prompts[1].Others.Select(other => $"{other.Name}={other.Value.GetRawText()}").ShouldBe(["id=7", "tags=[\"x\"]"]);
    }

    [Theory]
    [InlineData("p.csv", "a", "named .txt")]
    [InlineData("p.jsonl", "\"a\"\n{\"prompt\": 3}", "line 2 is not an object whose \"prompt\" is a string")]
    [InlineData("p.jsonl", "{\"text\": \"a\"}", "\"text\", which is a name of the answers' own")]
    [InlineData("p.jsonl", "{\"question\": \"a\"}", "line 1 is not an object with a \"prompt\"")]
    [InlineData("p.jsonl", "[1]", "line 1 is not a JSON string or an object")]
    [InlineData("p.jsonl", "{", "line 1 is not JSON")]
    [InlineData("p.jsonl", "\"\\ud800\"", "line 1 is not JSON")]
    [InlineData("p.txt", "  \n", "")]
    public void Anything_else_is_refused_with_its_line(string name, string content, string words)
    {
        File.WriteAllText(_folder[name], content);
        Should.Throw<InvalidDataException>(() => PromptFile.Read(_folder[name])).Message.ShouldContain(words);
    }

    [Fact]
    public void Answers_are_gone_on_with_and_a_line_half_written_is_cut_off()
    {
        var (prompts, path) = (Prompts("a", "b", "ü"), _folder["out.jsonl"]);
        using (var file = AnswerFile.Open(path, prompts, "run"))
        {
            file.Done.ShouldBeEmpty();
            file.FirstSeed.ShouldBeNull();
            file.Add(prompts[2], 12, json => json.WriteString("text", "ä\n"));
            file.Add(prompts[0], 10, json => json.WriteString("text", "x"));
        }
        var whole = File.ReadAllBytes(path);
        whole.Count(value => value == '\n').ShouldBe(2);
        for (var torn = 1; torn < whole.Length; torn += 3)
        {
            File.WriteAllBytes(path, whole[..torn]);
            using var file = AnswerFile.Open(path, prompts, "run");
            var kept = whole[..torn].Count(value => value == '\n');
            file.Done.Count.ShouldBe(kept);
            new FileInfo(path).Length.ShouldBe(kept == 0 ? 0 : Array.IndexOf(whole, (byte)'\n') + 1);
        }
        File.WriteAllBytes(path, whole);
        using (var file = AnswerFile.Open(path, prompts, "run"))
        {
            file.Done.Order().ShouldBe([0, 2]);
            file.FirstSeed.ShouldBe((12L, 2));
        }
        using (var file = AnswerFile.Open(path, prompts, "other", overwrite: true)) file.Done.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("run2", "a;b", "line 1 was written with another model or other settings")]
    [InlineData("run", "a;c", "line 2 answers another prompt than the present prompt 1")]
    [InlineData("run", "a", "line 2 answers prompt 1, and there are 1")]
    public void Answers_of_another_run_are_never_taken_for_this_ones(string run, string prompts, string words)
    {
        var path = _folder["out.jsonl"];
        using (var file = AnswerFile.Open(path, Prompts("a", "b"), "run"))
        {
            foreach (var prompt in Prompts("a", "b")) file.Add(prompt, 1, _ => { });
        }
        var before = File.ReadAllBytes(path);
        Should.Throw<InvalidDataException>(() => AnswerFile.Open(path, Prompts(prompts.Split(';')), run)).Message.ShouldContain(words);
        File.ReadAllBytes(path).ShouldBe(before);
    }

    [Theory]
    [InlineData("notes of mine")]
    [InlineData("notes of mine\n")]
    [InlineData("{\"index\":0}\n")]
    [InlineData("{\"index\":\"a\",\"seed\":1}\n")]
    [InlineData("\u0000\u0001\n")]
    public void A_file_of_somebody_elses_is_left_as_it_is(string content)
    {
        File.WriteAllText(_folder["notes"], content);
        Should.Throw<InvalidDataException>(() => AnswerFile.Open(_folder["notes"], Prompts("a"), "run")).Message.ShouldContain("line 1 is no answer of this program");
        File.ReadAllText(_folder["notes"]).ShouldBe(content);
    }

    private static BatchPrompt[] Prompts(params string[] texts) => [.. texts.Select((text, i) => new BatchPrompt(i, i + 1, text, null, []))];
}
