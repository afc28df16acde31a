namespace Puna.Text.Tests;

public class NmtNfkcTests
{
    [Fact]
    public void The_packed_rules_match_every_rule_and_its_longest_form()
    {
        var rules = NmtNfkc.Rules();
        rules.Count.ShouldBe(224_915);
        NmtNfkc.CharsMap.Length.ShouldBeLessThan(250_000);
        var map = new CharsMap(NmtNfkc.CharsMap, "nmt_nfkc");
        foreach (var (text, replacement) in rules)
            if (map.Match(text, out var found) != text.Length || found != replacement) Assert.Fail($"rule for {text} gives {found}");
    }

    [Theory]
    [InlineData("ｶﾞ", "ガ")]
    [InlineData("\u1100\u1161\u11A8", "각")]
    [InlineData("e\u0301①²ﬁ", "é12fi")]
    [InlineData("a\tb\r\nc\u0007～", "a b c～")]
    [InlineData("～", "～")]
    public void Text_becomes_its_compatible_composed_form(string text, string expected) => Normalize(text).ShouldBe(expected);

    // The original's own table, inside its models, is the reference; ours knows 190 rules for younger characters beside it.
    [SkippableFact]
    public void The_rules_agree_with_the_original_table()
    {
        var original = SentencePieceModel.Load(GoldenModels.Shared("bpe_1000_nmt_nfkc.model")).Normalizer.CharsMap;
        var map = new CharsMap(original, "original");
        var other = NmtNfkc.Rules().Count(rule => map.Match(rule.Key, out var found) != rule.Key.Length || found != rule.Value);
        other.ShouldBe(190);
    }

    private static string Normalize(string text)
    {
        var spec = new SentencePieceModel().Normalizer;
        spec.CharsMap = NmtNfkc.CharsMap;
        spec.AddDummyPrefix = false;
        spec.EscapeWhitespaces = false;
        return new TextNormalizer(spec, false, new SymbolMatcher([]), "test").Normalize(text, continuation: false);
    }
}
