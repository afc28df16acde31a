using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Puna.Tests;

namespace Puna.Text.Tests;

/// <summary>The scanners cut where the regular expressions do that they stand for.</summary>
public class SplitTests
{
    private static readonly int[] Edges =
    [
        ' ', ' ', ' ', '\n', '\r', '\t', '\'', '\'', 's', 'S', 't', 'R', 'e', 'v', 'E', 'l', 'L', 'd', 'M', 'a', 'z', '1', '2', '3', '.', ',', '$', '+', '=', '|', '`', '_', 0x0B, 0x1C, 0x85, 0xA0,
        0x17F, 0x212A, 0x130, 0x300, 0x301, 0x200B, 0x200D, 0x2028, 0x2029, 0x3000, 0x180E, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x378, 0xE000, 0x660, 0x2160, 0xBD, 0x4E00, 0x9FA5, 0x800, 0xAC00, 0xD7FF,
        0x1F999, 0x10400, 0x1D7D8, 0x20000, 0x1E5D0, 0x10FFFF, 0x1F3FB, 0x1D165, 0x110000, 0x110001,
    ];

    // 0x110000 and 0x110001 stand for the halves of a pair alone.
    private static readonly Arbitrary<string> Texts = Gen.Frequency((6, Gen.Elements(Edges)), (3, Gen.Choose(32, 126)), (2, Gen.Choose(0, 0xD7FF)), (1, Gen.Choose(0xE000, 0x10FFFF)))
        .ListOf().Select(all => string.Concat(all.Select(c => c switch { 0x110000 => "\uD83E", 0x110001 => "\uDD99", _ => new Rune(c).ToString() }))).ToArbitrary();

    public static TheoryData<string> Rules => [.. SplitRule.All.Select(rule => rule.Name)];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_scanner_cuts_where_its_regular_expressions_do(string name)
    {
        var rule = SplitRule.All.Single(rule => rule.Name == name);
        var same = new SequenceSplit([.. rule.Stages.Select(stage => new RegexSplit(stage, SplitBehavior.Isolated, false, name))]);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(60), Prop.ForAll(Texts, text =>
        {
            var (scanned, matched) = (Words(rule.Scanner, text), Words(same, text));
            string.Concat(scanned).ShouldBe(text);
            scanned.ShouldBe(matched, string.Join(' ', text.Select(c => $"{(int)c:X4}")));
        }));
    }

    [SkippableTheory]
    [InlineData("corpora/tinystories-sample.txt")]
    [InlineData("corpora/c4_demo.jsonl")]
    [InlineData("finetune/code_alpaca_2k.json")]
    public void On_files_too(string file)
    {
        var text = File.ReadAllText(SharedData.Shared("data/" + file));
        foreach (var rule in SplitRule.All)
        {
            var scanned = Words(rule.Scanner, text);
            var matched = Words(new SequenceSplit([.. rule.Stages.Select(stage => new RegexSplit(stage, SplitBehavior.Isolated, false, rule.Name))]), text);
            var first = scanned.Zip(matched).TakeWhile(pair => pair.First == pair.Second).Count();
            scanned.Skip(first).Take(3).ShouldBe(matched.Skip(first).Take(3), rule.Name);
        }
    }

    [Fact]
    public void Known_texts_are_cut_as_expected()
    {
        Words(Llama3Split.Instance, "I'LL'\u017Fa 12345\r\n\n  x\t!?\n").ShouldBe(["I", "'LL", "'\u017F", "a", " ", "123", "45", "\r\n\n", " ", " x", "\t", "!?\n"]);
        Words(Llama3Split.Qwen2, "12 3").ShouldBe(["1", "2", " ", "3"]);
        Words(Gpt2Split.Instance, "I'LL it's 12345 \n x  ").ShouldBe(["I", "'", "LL", " it", "'s", " 12345", " \n", " x", "  "]);
    }

    [SkippableFact]
    public void Patterns_are_those_of_the_golden_file()
    {
        var golden = ReleasedTokenizers.Golden();
        golden.GetProperty("llama3_pattern").GetString().ShouldBe(Llama3Split.Llama3Pattern);
        golden.GetProperty("gpt2_pattern").GetString().ShouldBe(Gpt2Split.Pattern);
    }

    [Theory]
    [InlineData("Isolated", false, "a|-|-|b|-")]
    [InlineData("Removed", false, "a|b")]
    [InlineData("MergedWithPrevious", false, "a-|-|b-")]
    [InlineData("MergedWithNext", false, "a|-|-b|-")]
    [InlineData("Contiguous", false, "a|--|b|-")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("MergedWithNext", true, "a-|-|b-")]
    public void Matches_are_treated_as_tokenizer_json_says(string behavior, bool invert, string expected)
    {
        var how = Enum.Parse<SplitBehavior>(behavior);
        Words(new LiteralSplit("-", how, invert), "a--b-").ShouldBe(expected.Split('|'));
        Words(new RegexSplit("-", how, invert, "test"), "a--b-").ShouldBe(expected.Split('|'));
    }

    [Theory]
    [InlineData(@"\p{N}++|[^\r\n]?+x", @"(?>\p{N}+)|(?>[^\r\n]?)x")]
    [InlineData(@"(?i:'s|[s]|S)s", "(?i:'[sS\u017F]|[sS\u017F]|[sS\u017F])s")]
    [InlineData(@"(ab)*+\pL", @"(?>(ab)*)\p{L}")]
    [InlineData(@"a{1,3}|\s+(?!\S)", @"a{1,3}|\s+(?!\S)")]
    public void A_pattern_is_rewritten_for_the_engine(string pattern, string expected) => SplitPattern.Translate(pattern, "test").ShouldBe(expected);

    [Theory]
    [InlineData(@"\w+", "the escape \\w")]
    [InlineData("^a", "the anchor ^")]
    [InlineData("a$", "the anchor $")]
    [InlineData("[a[b]]", "a set inside a set")]
    [InlineData("[a&&b]", "a set inside a set")]
    [InlineData("[a", "an open bracket")]
    [InlineData("(a", "an open parenthesis")]
    [InlineData("a)", "a closing parenthesis too many")]
    [InlineData("(?<name>a)", "a kind of parenthesis")]
    [InlineData("(?s:a)", "a kind of parenthesis")]
    [InlineData(@"\p{^L}", "a property of characters")]
    [InlineData("a{x}", "a brace that counts nothing")]
    [InlineData("\U00010400", "a character beyond U+FFFF")]
    [InlineData(@"\p{Han}", "is not a regular expression that this build runs")]
    [InlineData("*a", "is not a regular expression that this build runs")]
    [InlineData("a\\", "the escape")]
    public void What_would_mean_something_else_is_refused(string pattern, string sentence) =>
        Should.Throw<InvalidDataException>(() => new RegexSplit(pattern, SplitBehavior.Isolated, false, "some.json")).Message.ShouldContain(sentence);

    internal static List<string> Words(PreTokenizer rule, string text)
    {
        var words = new Collected();
        rule.Split(text, TextPlace.Start, words);
        return words.All;
    }

    private sealed class Collected : WordSink
    {
        public List<string> All { get; } = [];

        public override void Add(ReadOnlySpan<char> word) => All.Add(word.ToString());
    }
}
