using System.Text.RegularExpressions;
using Puna.Tensors;

namespace Puna.Inference.Tests;

/// <summary>Whatever is written under an expression is what .NET's engine says matches it.</summary>
public sealed class RegexTests
{
    [Theory]
    [InlineData("yes|no", "yes|no", "ye|yesno|")]
    [InlineData("^(a|b)+?c$", "ac|abbac", "c|ab")]
    [InlineData("^a|b$", "a|b", "ab|")]
    [InlineData("[^a-y\\d]{2}", "zz|ZZ|z-", "az|z1|z")]
    [InlineData("\\x41\\u00e9\\u{1F600}\\uD83D\\uDE01", "Aé😀😁", "A")]
    [InlineData("(?:ab){2,}(?<x>c?)", "abab|ababab|ababc", "ab|ababcc")]
    [InlineData("[\\]\\\\^-]\\.\\/", "]./|^./|-./", "a./|]x/")]
    [InlineData("(|a)b", "b|ab", "a|aab")]
    [InlineData("\\s\\S\\w\\W\\d\\D", " xa-1b|\tx_ 9z", "xx")]
    [InlineData(".*", "|anything é", "two\nlines")]
    public void An_expression_takes_exactly_its_texts(string pattern, string accepted, string refused)
    {
        var grammar = OutputGrammar.FromRegex(pattern);
        foreach (var text in accepted.Split('|')) grammar.Accepts(text).ShouldBeTrue(text);
        foreach (var text in refused.Split('|')) grammar.Accepts(text).ShouldBeFalse(text);
    }

    [Theory]
    [InlineData("(a)\\1", 4, "back references")]
    [InlineData("a(?=b)", 2, "looking ahead")]
    [InlineData("(?<!a)b", 1, "looking ahead or behind")]
    [InlineData("(?i)a", 1, "kind of group")]
    [InlineData("a\\b", 2, "word boundaries")]
    [InlineData("\\p{L}", 1, "Unicode property")]
    [InlineData("a\\", 2, "ends in a backslash")]
    [InlineData("\\q", 1, "\\q is not supported")]
    [InlineData("(ab", 1, "not closed")]
    [InlineData("ab)", 3, "closes no group")]
    [InlineData("[ab", 1, "not closed")]
    [InlineData("[]", 1, "no character")]
    [InlineData("[z-a]", 2, "backwards")]
    [InlineData("[\\d-z]", 2, "on each side")]
    [InlineData("*a", 1, "nothing before '*'")]
    [InlineData("a**", 3, "cannot follow")]
    [InlineData("a{3,2}", 2, "contradict")]
    [InlineData("a{x}", 3, "number of repetitions")]
    [InlineData("a{2", 4, "'}'")]
    [InlineData("a^b", 2, "'^' is supported only")]
    [InlineData("(a$)b", 3, "'$' is supported only")]
    [InlineData("a$b", 2, "'$' is supported only")]
    [InlineData("\\uD800x", 1, "U+D800 is no character")]
    public void A_mistake_or_something_unsupported_is_named_with_its_place(string pattern, int column, string words)
    {
        var message = Should.Throw<InvalidDataException>(() => OutputGrammar.FromRegex(pattern, "--regex")).Message;
        message.ShouldStartWith($"--regex, line 1, column {column}: ");
        message.ShouldContain(words);
    }

    [Fact]
    public void Nesting_is_bounded() =>
        Should.Throw<InvalidDataException>(() => OutputGrammar.FromRegex(new string('(', 100_000))).Message.ShouldContain("nested more than 200");

    [Fact]
    public void What_is_written_under_a_random_expression_matches_it()
    {
        var random = new CounterRandom(5);
        var lengths = 0;
        for (var i = 0; i < 150; i++)
        {
            var pattern = Pattern(random, 3);
            var grammar = OutputGrammar.FromRegex(pattern);
            foreach (var name in SmallVocabularies.Names)
            {
                var (text, _) = new Adversary(grammar, SmallVocabularies.Get(name), random).Write(12);
                // .NET counts a character beyond U+FFFF as two
                var narrow = string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp ? rune.ToString() : "中"));
                Regex.IsMatch(narrow, $"^(?:{pattern})\\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking).ShouldBeTrue($"{pattern} and '{text}'");
                lengths += text.Length;
            }
        }
        lengths.ShouldBeGreaterThan(1000, "empty texts would prove nothing");
    }

    private static string Pattern(CounterRandom random, int depth)
    {
        string[] atoms = ["a", "bc", "[a-f]", "[^a-z\\n\\r]", "[0-9A-F]", "\\d", "x\\.y", "\\w", " ", "é", "[^\\d]", "\\u0041"];
        return random.Next(depth == 0 ? 1 : 5) switch
        {
            0 => atoms[random.Next(atoms.Length)].Replace("\\d", "[0-9]", StringComparison.Ordinal).Replace("[^[0-9]]", "[^0-9]", StringComparison.Ordinal).Replace("\\w", "[a-zA-Z0-9_]", StringComparison.Ordinal),
            1 => $"(?:{Pattern(random, depth - 1)}|{Pattern(random, depth - 1)})",
            2 => $"({Pattern(random, depth - 1)}){new[] { "*", "+", "?", "*?", "{2}", "{1,3}", "{2,}", "{0,2}" }[random.Next(8)]}",
            _ => Pattern(random, depth - 1) + Pattern(random, depth - 1),
        };
    }
}
