namespace Puna.Text.Tests;

public class GoldenEncodingTests
{
    public static TheoryData<string> Stored => [.. GoldenModels.InRepository];

    public static TheoryData<string> All => [.. GoldenModels.Bpe, .. GoldenModels.Unigram];

    [Theory]
    [MemberData(nameof(Stored))]
    public void Stored_texts_encode_and_decode_as_the_original_does(string name) => Check(name, GoldenModels.Stored);

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void All_texts_encode_and_decode_as_the_original_does(string name) => Check(name, GoldenModels.Shared);

    private static void Check(string name, Func<string, string> find)
    {
        var tokenizer = Tokenizers.Load(find(name + ".model"));
        foreach (var line in GoldenModels.Lines(find(name + ".encode.jsonl")))
        {
            var text = line.GetProperty("text").GetString()!;
            var ids = tokenizer.Encode(text);
            ids.ShouldBe(GoldenModels.Ids(line), text);
            tokenizer.Decode(ids).ShouldBe(line.GetProperty("decoded").GetString(), text);
        }
        foreach (var line in GoldenModels.Lines(find(name + ".decode.jsonl")))
            tokenizer.Decode(GoldenModels.Ids(line)).ShouldBe(line.GetProperty("decoded").GetString(), line.GetRawText());
    }
}
