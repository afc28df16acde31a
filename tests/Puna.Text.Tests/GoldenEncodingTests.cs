namespace Puna.Text.Tests;

public class GoldenEncodingTests
{
    public static TheoryData<string> Models => [.. GoldenModels.Bpe, .. GoldenModels.Unigram];

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Every_golden_text_encodes_and_decodes_exactly(string name)
    {
        var tokenizer = GoldenModels.Load(name);
        foreach (var line in GoldenModels.Lines(name + ".encode.jsonl"))
        {
            var text = line.GetProperty("text").GetString()!;
            var ids = tokenizer.Encode(text);
            ids.ShouldBe(GoldenModels.Ids(line), text);
            tokenizer.Decode(ids).ShouldBe(line.GetProperty("decoded").GetString(), text);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Every_golden_id_list_decodes_exactly(string name)
    {
        var tokenizer = GoldenModels.Load(name);
        foreach (var line in GoldenModels.Lines(name + ".decode.jsonl"))
            tokenizer.Decode(GoldenModels.Ids(line)).ShouldBe(line.GetProperty("decoded").GetString(), line.GetRawText());
    }
}
