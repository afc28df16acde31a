using System.Text;

namespace Puna.Text.Tests;

public class ByteLevelTrainerTests
{
    private static readonly string Text = File.ReadAllText(GoldenModels.Stored("corpus_ascii.txt"));
    private static readonly ByteLevelTrainerOptions Options = new() { VocabularySize = 600 };

    [Fact]
    public void The_order_of_the_texts_leaves_no_trace_and_the_files_keep_the_ids()
    {
        var lines = Text.Split('\n').Select(line => line + "\n").ToArray();
        var (one, other) = (ByteLevelBpeTrainer.Train(lines, Options), ByteLevelBpeTrainer.Train(lines.Reverse(), Options));
        Enumerable.Range(0, 600).Select(other.IdToPiece).ShouldBe(Enumerable.Range(0, 600).Select(one.IdToPiece));
        (one.VocabularySize, one.BosId, one.EosId, one.AddsBos).ShouldBe((600, 598, 599, true));
        var folder = Directory.CreateTempSubdirectory().FullName;
        one.Save(folder);
        RankFile.Save(one, Path.Combine(folder, "ranks"));
        var (json, ranks) = (Puna.Text.Tokenizers.Load(folder), Puna.Text.Tokenizers.Load(Path.Combine(folder, "ranks")));
        var ids = one.Encode(Text);
        json.Encode(Text).AsSpan().SequenceEqual(ids).ShouldBeTrue();
        ranks.Encode(Text).AsSpan().SequenceEqual(ids).ShouldBeTrue();
        one.Decode(ids).ShouldBe(Text);
        ids.Length.ShouldBeLessThan(Text.Length / 2);
    }

    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-bpe")]
    [InlineData("starcoder")]
    public void Every_merge_is_the_most_frequent_pair_at_its_time(string rule)
    {
        var text = Text[..3000] + " aaaa aaaaa aaa  ";
        var tokenizer = ByteLevelBpeTrainer.Train([text], Options with { VocabularySize = 320, SplitRule = rule });
        // The plain way: count all pairs, join the best, begin again.
        var words = SplitTests.Words(SplitRule.Named(rule, "test").Scanner, text).Select(word => Encoding.UTF8.GetBytes(word).Select(value => ByteAlphabet.CharacterOf(value).ToString()).ToList()).ToArray();
        for (var id = 256; id < 318; id++)
        {
            var counts = new Dictionary<(string, string), int>();
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++) counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
            int Id(string piece) => tokenizer.TryGetId(piece, out var found) ? found : int.MaxValue;
            var ((left, right), _) = counts.OrderByDescending(pair => pair.Value).ThenBy(pair => Id(pair.Key.Item1)).ThenBy(pair => Id(pair.Key.Item2)).First();
            tokenizer.IdToPiece(id).ShouldBe(left + right);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] != left || word[i + 1] != right) continue;
                    word[i] += word[i + 1];
                    word.RemoveAt(i + 1);
                }
            }
        }
    }

    [Fact]
    public void What_cannot_be_trained_is_told_with_the_limit()
    {
        string Refusal(string text, ByteLevelTrainerOptions options) => Should.Throw<InvalidDataException>(() => ByteLevelBpeTrainer.Train([text], options)).Message;
        Refusal("abab ab", Options).ShouldContain("too large for this text: the largest possible is");
        Refusal("abc", Options with { VocabularySize = 257 }).ShouldContain("take at least 258");
        Refusal("abc", Options with { SplitRule = "none" }).ShouldContain("'none'");
        Refusal("abc", Options with { SpecialTokens = ["<a>", "<a>"] }).ShouldContain("'<a>' is empty or given twice");
    }
}
