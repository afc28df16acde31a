using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

public class TextNormalizerTests
{
    private static readonly Arbitrary<string> Texts = Gen.Frequency(
        (6, RandomText.Texts), (2, Gen.Elements("  ", " ", "\t", "a\u0301", "e \u0308", "ﬁ", "½", "\uFDFA", "[x]", "[", "か\u3099", "\uD800", "\uDC00a"))).ListOf().Select(string.Concat).ToArbitrary();

    [Theory]
    [InlineData(true, true, true, false)]
    [InlineData(true, false, true, false)]
    [InlineData(true, true, false, true)]
    [InlineData(false, true, true, false)]
    [InlineData(false, false, true, false)]
    [InlineData(false, false, false, true)]
    [InlineData(false, true, true, true)]
    public void Runs_of_plain_characters_become_what_one_unit_after_the_other_becomes(bool rules, bool squeeze, bool escape, bool suffix)
    {
        var spec = new SentencePieceModel().Normalizer;
        (spec.CharsMap, spec.RemoveExtraWhitespaces, spec.EscapeWhitespaces) = (rules ? NmtNfkc.CharsMap : [], squeeze, escape);
        string[] symbols = ["[x]", "[x", "e e", "ﬁx"];
        var normalizers = new string[][] { [], symbols }.Select(all => (all, new TextNormalizer(spec, suffix, new SymbolMatcher(all), "test"))).ToArray();
        var map = rules ? new CharsMap(spec.CharsMap, "test") : null;
        Check.One(RandomText.Runs(1500), Prop.ForAll(Texts, text =>
        {
            foreach (var (all, normalizer) in normalizers)
                foreach (var continuation in (bool[])[false, true])
                    normalizer.Normalize(text, continuation).ShouldBe(Plain(text, continuation, spec, suffix, all, map), RandomText.Codes(text));
        }));
    }

    [Fact]
    public void Rules_that_eat_the_memory_are_refused()
    {
        var spec = new SentencePieceModel().Normalizer;
        spec.CharsMap = DoubleArrayBuilder.Build(new Dictionary<string, string> { ["x"] = new string('y', 10_000) });
        var normalizer = new TextNormalizer(spec, whitespaceAsSuffix: false, new SymbolMatcher([]), "some.model");
        normalizer.Normalize("x", continuation: true).Length.ShouldBe(10_000);
        Should.Throw<InvalidDataException>(() => normalizer.Normalize(new string('x', 1000), continuation: false)).Message.ShouldStartWith("some.model: the character rules make more than");
    }

    private static string Plain(ReadOnlySpan<char> text, bool continuation, SentencePieceNormalizerSpec spec, bool suffix, string[] symbols, CharsMap? map)
    {
        var (squeeze, prefix, space, output) = (spec.RemoveExtraWhitespaces, spec.AddDummyPrefix && !continuation, spec.EscapeWhitespaces ? '\u2581' : ' ', new StringBuilder());
        if (text.IsEmpty) return "";
        if (squeeze && !continuation)
        {
            while (!text.IsEmpty && Unit(text, symbols, map, out var used) is { } only && only == " " && !symbols.Any(symbol => symbol.Length == used && symbol == " ")) text = text[used..];
            if (text.IsEmpty) return "";
        }
        if (prefix && !suffix) output.Append(space);
        for (var afterSpace = squeeze && !continuation; !text.IsEmpty;)
        {
            var unit = Unit(text, symbols, map, out var used);
            text = text[used..];
            if (afterSpace) unit = unit.TrimStart(' ');
            if (unit.Length == 0) continue;
            output.Append(unit.Replace(' ', space));
            afterSpace = squeeze && unit[^1] == ' ';
        }
        var result = squeeze ? output.ToString().TrimEnd(space) : output.ToString();
        return prefix && suffix ? result + space : result;
    }

    private static string Unit(ReadOnlySpan<char> text, string[] symbols, CharsMap? map, out int used)
    {
        foreach (var symbol in symbols.OrderByDescending(symbol => symbol.Length))
        {
            used = symbol.Length;
            if (text.StartsWith(symbol, StringComparison.Ordinal)) return symbol;
        }
        if (map is not null && (used = map.Match(text, out var replacement)) > 0) return replacement;
        var status = Rune.DecodeFromUtf16(text, out var rune, out used);
        return status == System.Buffers.OperationStatus.Done ? rune.ToString() : "\uFFFD";
    }
}
