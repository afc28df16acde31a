using System.Text;

namespace Puna.Text;

/// <summary>
/// Finds the merges, the most frequent pair first. Only the active pairs are compared at every step: the 5 % most frequent, at least
/// 1000, selected again every 100 pieces, and every pair made since. Follows google/sentencepiece, src/bpe_model_trainer.cc (behaviour),
/// down to which repeated pair is not counted, because a different order of merges gives a different vocabulary.
/// </summary>
internal sealed class BpeMergeFinder
{
    private const int SelectionInterval = 100, SmallestSelection = 1000;
    private const float SelectedShare = 0.05f;
    private readonly PieceRules rules;
    private readonly List<CountedWord> counts;
    private readonly BpeSymbol?[][] words;
    private readonly Dictionary<int, BpeSymbol> characters = [];
    private readonly Dictionary<(int Left, int Right), int> keys = [];
    private readonly Dictionary<(int Left, int Right), BpeSymbol> pairs = [];
    private readonly HashSet<BpeSymbol> active = [];

    public BpeMergeFinder(TrainingText text, PieceRules rules)
    {
        this.rules = rules;
        counts = text.Words;
        words = [.. counts.Select(word => word.Text.EnumerateRunes().Select(c => (BpeSymbol?)Character(c.Value)).ToArray())];
        if (Array.Find(words, word => word.Length > ushort.MaxValue) is { } tooLong)
            throw new InvalidDataException($"A word of the training text has {tooLong.Length} characters after normalisation; at most {ushort.MaxValue} are possible. Allow only shorter lines.");
        for (var word = 0; word < words.Length; word++)
            for (var i = 1; i < words[word].Length; i++) AddPair(word, i - 1, i);
    }

    /// <summary>The merges in order; fewer than asked for where the text has no more.</summary>
    public List<string> Find(int count, IProgress<double>? progress, CancellationToken cancellation)
    {
        var pieces = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (pieces.Count < count)
        {
            cancellation.ThrowIfCancellationRequested();
            if (pieces.Count % SelectionInterval == 0) SelectActive();
            var best = Best();
            if (best is not { Frequency: > 0 })
            {
                SelectActive();
                best = Best();
                if (best is not { Frequency: > 0 }) break;
            }
            active.Remove(best);
            pairs.Remove((best.Left!.Key, best.Right!.Key));
            var text = string.Concat(best.Characters.Select(c => new Rune(c)));
            // The same text reached by other parts is no new piece, and is not merged either.
            if (!known.Add(text)) continue;
            pieces.Add(text);
            Merge(best);
            progress?.Report((double)pieces.Count / count);
        }
        return pieces;
    }

    private BpeSymbol? Best()
    {
        BpeSymbol? best = null;
        foreach (var symbol in active)
        {
            symbol.Count(words, counts);
            if (symbol.IsBetterThan(best)) best = symbol;
        }
        return best;
    }

    private void SelectActive()
    {
        foreach (var symbol in pairs.Values) symbol.Count(words, counts);
        var size = Math.Max(SmallestSelection, (int)((pairs.Count + characters.Count) * SelectedShare));
        active.Clear();
        foreach (var symbol in pairs.Values.OrderByDescending(s => s.Frequency).Take(size)) active.Add(symbol);
    }

    private void Merge(BpeSymbol best)
    {
        foreach (var position in best.Positions())
        {
            var (word, left, right) = ((int)(position >> 32), (int)(position >> 16) & 0xFFFF, (int)position & 0xFFFF);
            var symbols = words[word];
            if (symbols[left] is null || symbols[right] is null) continue;
            var (previous, next) = (left - 1, right + 1);
            while (previous >= 0 && symbols[previous] is null) previous--;
            while (next < symbols.Length && symbols[next] is null) next++;
            if (next == symbols.Length) next = -1;
            Recount(symbols, previous, left, best);
            Recount(symbols, right, next, best);
            symbols[left] = best;
            symbols[right] = null;
            AddPair(word, previous, left);
            AddPair(word, left, next);
        }
    }

    private void Recount(BpeSymbol?[] symbols, int left, int right, BpeSymbol best)
    {
        if (left < 0 || right < 0) return;
        if (Pair(symbols[left], symbols[right]) is { } pair && pair != best) pair.Frequency = 0;
    }

    private void AddPair(int word, int left, int right)
    {
        if (left < 0 || right < 0 || Pair(words[word][left], words[word][right]) is not { } pair) return;
        active.Add(pair);
        pair.AddPosition(BpeSymbol.Position(word, left, right));
    }

    private BpeSymbol Character(int character)
    {
        if (!characters.TryGetValue(character, out var symbol)) characters.Add(character, symbol = new BpeSymbol(character, [character], null, null));
        return symbol;
    }

    private BpeSymbol? Pair(BpeSymbol? left, BpeSymbol? right)
    {
        if (left is null || right is null || left.IsUnknown || right.IsUnknown) return null;
        var parts = (left.Key, right.Key);
        if (pairs.TryGetValue(parts, out var known)) return known;
        int[] joined = [.. left.Characters, .. right.Characters];
        if (!rules.Allows(joined)) return null;
        // Pairs are numbered above all code points.
        if (!keys.TryGetValue(parts, out var key)) keys.Add(parts, key = 0x110000 + keys.Count);
        var symbol = new BpeSymbol(key, joined, left, right);
        pairs.Add(parts, symbol);
        return symbol;
    }
}
