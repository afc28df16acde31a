using System.Text;

namespace Puna.Text;

/// <summary>
/// The training text as words with their counts, prepared as SentencePiece does: lines normalised, special symbols cut out, rare
/// characters replaced, words cut before spaces. Source: google/sentencepiece, src/trainer_interface.cc (behaviour).
/// </summary>
internal sealed class TrainingText
{
    public const char Unknown = '\u2585', Boundary = '\t';

    private TrainingText(List<(string Text, long Count)> words, List<(Rune Character, long Count)> characters) => (Words, Characters) = (words, characters);

    public List<(string Text, long Count)> Words { get; }

    /// <summary>Characters that must be pieces, most frequent first, equals by code point.</summary>
    public List<(Rune Character, long Count)> Characters { get; }

    public static TrainingText Read(IEnumerable<string> lines, BpeTrainerOptions options, SentencePieceNormalizerSpec spec, IEnumerable<string> symbols, CancellationToken cancellation)
    {
        var normalizer = new TextNormalizer(spec, options.TreatWhitespaceAsSuffix, new SymbolMatcher([]), "normalizer");
        var matcher = new SymbolMatcher(symbols);
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        var (seen, tooLong) = (0L, 0L);
        foreach (var line in lines)
        {
            cancellation.ThrowIfCancellationRequested();
            if (line.Length == 0) continue;
            seen++;
            if (Encoding.UTF8.GetByteCount(line) > options.MaxLineBytes)
            {
                tooLong++;
                continue;
            }
            if (line.Contains(Unknown)) continue;
            var text = CutOut(normalizer.Normalize(line, continuation: false), matcher);
            if (options.SplitByWhitespace) WordSplitter.Count(text, options, words);
            else words[text] = words.GetValueOrDefault(text) + 1;
        }
        var counts = CountCharacters(words);
        if (counts.Count == 0)
        {
            var why = tooLong > 0 ? $"{tooLong} of {seen} lines are longer than {options.MaxLineBytes} bytes; break the lines, or allow longer ones" : "give a file that holds text";
            throw new InvalidDataException($"The training text has no character to learn from: {why}.");
        }
        var kept = Cover(counts, options.CharacterCoverage);
        return new TrainingText(ReplaceRare(words, kept), kept);
    }

    private static string CutOut(string text, SymbolMatcher symbols)
    {
        if (!symbols.Next(text, out _, out _)) return text;
        var output = new StringBuilder();
        var rest = text.AsSpan();
        while (symbols.Next(rest, out var start, out var length))
        {
            output.Append(rest[..start]).Append(Boundary);
            rest = rest[(start + length)..];
        }
        return output.Append(rest).ToString();
    }

    private static List<(Rune Character, long Count)> CountCharacters(Dictionary<string, long> words)
    {
        var counts = new Dictionary<Rune, long>();
        foreach (var (word, count) in words)
            foreach (var character in word.EnumerateRunes())
                if (character.Value is not (0 or ' ' or Boundary))
                    counts[character] = counts.GetValueOrDefault(character) + count;
        return [.. counts.Select(c => (c.Key, c.Value)).OrderByDescending(c => c.Value).ThenBy(c => c.Key)];
    }

    private static List<(Rune Character, long Count)> Cover(List<(Rune Character, long Count)> counts, float coverage)
    {
        var total = counts.Sum(c => c.Count);
        var kept = new List<(Rune Character, long Count)>();
        var covered = 0L;
        foreach (var entry in counts)
        {
            if ((float)(1.0 * covered / total) >= coverage) break;
            covered += entry.Count;
            kept.Add(entry);
        }
        return kept;
    }

    private static List<(string Text, long Count)> ReplaceRare(Dictionary<string, long> words, List<(Rune Character, long Count)> kept)
    {
        var known = kept.Select(c => c.Character).Append(new Rune(Boundary)).ToHashSet();
        var result = new Dictionary<string, long>(words.Count, StringComparer.Ordinal);
        var unknown = new Rune(Unknown);
        foreach (var (word, count) in words)
        {
            var text = word.EnumerateRunes().All(known.Contains)
                ? word
                : string.Concat(word.EnumerateRunes().Select(c => known.Contains(c) ? c : unknown));
            result[text] = result.GetValueOrDefault(text) + count;
        }
        return [.. result.Select(w => (w.Key, w.Value)).OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal)];
    }
}
