using System.Text;

namespace Puna.Text;

/// <summary>A word of the training text.</summary>
/// <param name="Text">With its space.</param>
/// <param name="Count">How often it is there.</param>
/// <param name="EndsDiffer">Whether it stands before other words as well as at line ends.</param>
internal readonly record struct CountedWord(string Text, long Count, bool EndsDiffer);

/// <summary>
/// The training text as words with their counts, prepared as SentencePiece does: lines normalised, special symbols cut out, rare
/// characters replaced, words cut before spaces. Source: google/sentencepiece, src/trainer_interface.cc (behaviour).
/// </summary>
internal sealed class TrainingText
{
    public const char Unknown = '\u2585', Boundary = '\t';

    private TrainingText(List<CountedWord> words, List<(Rune Character, long Count)> characters) => (Words, Characters) = (words, characters);

    /// <summary>The words, most frequent first, equals in ordinal order.</summary>
    public List<CountedWord> Words { get; }

    /// <summary>Characters that must be pieces, most frequent first, equals by code point.</summary>
    public List<(Rune Character, long Count)> Characters { get; }

    public static TrainingText Read(IEnumerable<string> lines, BpeTrainerOptions options, SentencePieceNormalizerSpec spec, IEnumerable<string> symbols, CancellationToken cancellation)
    {
        var all = WordCounter.Within(options.MemoryBytes);
        var counter = new LineWords(options, spec, symbols);
        var (seen, tooLong) = (0L, 0L);
        foreach (var block in OrderedParallel.Select(LineWords.Blocks(lines, cancellation), options.ThreadCount, counter.Count))
        {
            all.Add(block.Words);
            (seen, tooLong) = (seen + block.Seen, tooLong + block.TooLong);
        }
        List<CountedWord> words = [.. all.All().Select(word => new CountedWord(word.Word, word.Count, word.Marks == (WordCounter.BeforeWord | WordCounter.AtLineEnd)))];
        var counts = CountCharacters(words);
        if (counts.Count == 0)
        {
            var why = tooLong > 0 ? $"{tooLong} of {seen} lines are longer than {options.MaxLineBytes} bytes; break the lines, or allow longer ones" : "give a file that holds text";
            throw new InvalidDataException($"The training text has no character to learn from: {why}.");
        }
        if (all.Dropped.Words > 0) options.WhenDropped?.Invoke(new DroppedWords(all.Dropped.Words, all.Dropped.Occurrences, all.Dropped.Occurrences + words.Sum(word => word.Count), options.MemoryBytes));
        var kept = Cover(counts, options.CharacterCoverage);
        return new TrainingText(ReplaceRare(words, kept), kept);
    }

    private static List<(Rune Character, long Count)> CountCharacters(List<CountedWord> words)
    {
        var ascii = new long[128];
        var counts = new Dictionary<Rune, long>();
        foreach (var (word, count, _) in words)
        {
            foreach (var character in word.EnumerateRunes())
            {
                if (character.IsAscii) ascii[character.Value] += count;
                else counts[character] = counts.GetValueOrDefault(character) + count;
            }
        }
        for (var c = 1; c < ascii.Length; c++)
            if (ascii[c] > 0 && (char)c is not (' ' or Boundary)) counts.Add(new Rune(c), ascii[c]);
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

    // Only words that hold rare characters can become equal.
    private static List<CountedWord> ReplaceRare(List<CountedWord> words, List<(Rune Character, long Count)> kept)
    {
        var known = kept.Select(c => c.Character).Append(new Rune(Boundary)).ToHashSet();
        var replaced = new Dictionary<string, (long Count, bool EndsDiffer)>(StringComparer.Ordinal);
        var unknown = new Rune(Unknown);
        var result = new List<CountedWord>(words.Count);
        foreach (var word in words)
        {
            if (IsKnown(word.Text, known))
            {
                result.Add(word);
                continue;
            }
            var text = string.Concat(word.Text.EnumerateRunes().Select(c => known.Contains(c) ? c : unknown));
            var before = replaced.GetValueOrDefault(text);
            replaced[text] = (before.Count + word.Count, before.EndsDiffer || word.EndsDiffer);
        }
        // A word that came so from the text itself, where the mark is no rare character.
        for (var i = 0; i < result.Count && replaced.Count > 0; i++)
            if (replaced.Remove(result[i].Text, out var same)) result[i] = new CountedWord(result[i].Text, result[i].Count + same.Count, result[i].EndsDiffer || same.EndsDiffer);
        result.AddRange(replaced.Select(word => new CountedWord(word.Key, word.Value.Count, word.Value.EndsDiffer)));
        result.Sort((one, other) => one.Count != other.Count ? other.Count.CompareTo(one.Count) : string.CompareOrdinal(one.Text, other.Text));
        return result;
    }

    private static bool IsKnown(string word, HashSet<Rune> known)
    {
        foreach (var rune in word.EnumerateRunes())
            if (!known.Contains(rune)) return false;
        return true;
    }
}
