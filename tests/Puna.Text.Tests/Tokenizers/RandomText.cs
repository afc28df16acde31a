using FsCheck;
using FsCheck.Fluent;

namespace Puna.Text.Tests;

/// <summary>Texts that are hard on tokenizers: white space, signs, digits, marks, unassigned characters, characters beyond U+FFFF.</summary>
internal static class RandomText
{
    private static readonly string[] Pieces =
    [
        " ", "  ", "    ", "\n", "\r\n", "\t", "'s", "'LL", "the", " the", "Hello", " world", "ing", "12", "345", "  return x;\n", "é", "e\u0301", "ß", "語", "我想在", "안녕", "\U0001F999", "\U0001F468\u200D\U0001F469",
        "\u0378", "\u00A0", "\u3000", "\u0085", "\u2028", "</s>", "<s>", "<|eot_id|>", "<|begin_of_text|>", "<0x0A>", "_", "--", "!!!", "http://", "{\"a\": [1, 2]}", "\0", "\uFFFD", "aaaaaaaa", "\u1EC7",
    ];

    public static Gen<string> Texts { get; } = Gen.Frequency(
        (8, Gen.Elements(Pieces)), (3, Gen.Choose(32, 126).Select(c => ((char)c).ToString())), (2, Gen.Choose(0, 0xD7FF).Select(c => ((char)c).ToString())), (1, Gen.Choose(0x10000, 0x10FFFF).Select(char.ConvertFromUtf32)))
        .ListOf().Select(string.Concat);

    public static Arbitrary<string> Arbitrary { get; } = Texts.ToArbitrary();

    public static Config Runs(int count) => Config.QuickThrowOnFailure.WithMaxTest(count).WithEndSize(60);

    public static string Codes(string text) => string.Join(' ', text.EnumerateRunes().Select(rune => $"{rune.Value:X}"));
}
