using System.Buffers;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Characters as the symbols that merges begin with: the id of the character's piece; where it is none but stands in pieces, a number behind all ids; and where it stands in
/// none, minus the character minus one, which never merges. The merges are those whose joined text is a piece, the best score first, scores that are equal at the same rank.
/// </summary>
internal sealed class PieceSymbols
{
    private const int Pages = 256, PageSize = 256;
    private readonly int[]?[] pages = new int[Pages][];
    private readonly Dictionary<int, int> beyond = [];
    private readonly List<int> others = [];
    private readonly int vocabularySize;

    /// <param name="pieces">The vocabulary.</param>
    /// <param name="texts">The pieces that text can become, by their text.</param>
    /// <param name="name">What errors call the vocabulary.</param>
    public PieceSymbols(SentencePiece[] pieces, Dictionary<string, int> texts, string name)
    {
        vocabularySize = pieces.Length;
        foreach (var (text, id) in texts)
            if (Rune.DecodeFromUtf16(text, out var rune, out var length) == OperationStatus.Done && length == text.Length) Set(rune.Value, id);
        foreach (var rune in texts.Keys.SelectMany(text => text.EnumerateRunes()))
        {
            if (Of(rune.Value) >= 0) continue;
            Set(rune.Value, vocabularySize + others.Count);
            others.Add(rune.Value);
        }
        var all = new string[vocabularySize + others.Count];
        Array.Fill(all, "");
        foreach (var (text, id) in texts) all[id] = text;
        for (var i = 0; i < others.Count; i++) all[vocabularySize + i] = new Rune(others[i]).ToString();
        var pairs = PiecePairs.Find(all, name);
        var ranks = new Dictionary<float, int>();
        foreach (var score in texts.Values.Select(id => pieces[id].Score).Distinct().OrderDescending()) ranks.Add(score, ranks.Count);
        Merges = new MergeTable(pairs.Count);
        foreach (var (left, right, whole) in pairs) Merges.Set(left, right, ranks[pieces[whole].Score], whole);
    }

    /// <summary>The merges.</summary>
    public MergeTable Merges { get; }

    /// <summary>The symbols of a text.</summary>
    /// <param name="symbols">Room for as many as the text has UTF-16 units.</param>
    /// <returns>How many.</returns>
    public int Split(ReadOnlySpan<char> text, Span<int> symbols)
    {
        var count = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (char.IsHighSurrogate(c) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])) symbols[count++] = Of(char.ConvertToUtf32(c, text[++at]));
            else symbols[count++] = pages[c >> 8] is { } page ? page[c & 0xFF] : ~c;
        }
        return count;
    }

    /// <summary>The character of a symbol that is no id.</summary>
    public Rune CharacterOf(int symbol) => Rune.TryCreate(symbol < 0 ? ~symbol : others[symbol - vocabularySize], out var rune) ? rune : Rune.ReplacementChar;

    private int Of(int character)
    {
        if (character > 0xFFFF) return beyond.TryGetValue(character, out var symbol) ? symbol : ~character;
        return pages[character >> 8] is { } page ? page[character & 0xFF] : ~character;
    }

    private void Set(int character, int symbol)
    {
        if (character > 0xFFFF)
        {
            beyond[character] = symbol;
            return;
        }
        var page = pages[character >> 8];
        if (page is null)
        {
            page = pages[character >> 8] = new int[PageSize];
            for (var i = 0; i < PageSize; i++) page[i] = ~((character & 0xFF00) + i);
        }
        page[character & 0xFF] = symbol;
    }
}
