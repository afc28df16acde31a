using System.Text;

namespace Puna.Text;

/// <summary>Prepares lines as SentencePiece's trainer does and counts their words, a block of lines at a time. It never changes, so any number of threads may use one.</summary>
internal sealed class LineWords(BpeTrainerOptions options, SentencePieceNormalizerSpec spec, IEnumerable<string> symbols)
{
    // Blocks are cut by size alone, so that they are the same for any number of threads.
    private const int BlockCharacters = 1 << 18;
    private readonly TextNormalizer normalizer = new(spec, options.TreatWhitespaceAsSuffix, new SymbolMatcher([]), "normalizer");
    private readonly SymbolMatcher matcher = new(symbols);

    /// <summary>The words of a block, with how many of its lines held text and how many of those were too long.</summary>
    public sealed record Block(WordCounter Words, long Seen, long TooLong);

    /// <summary>The lines in blocks of about half a megabyte.</summary>
    public static IEnumerable<List<string>> Blocks(IEnumerable<string> lines, CancellationToken cancellation)
    {
        var (block, size) = (new List<string>(), 0);
        foreach (var line in lines)
        {
            if (line.Length == 0) continue;
            block.Add(line);
            size += line.Length;
            if (size < BlockCharacters) continue;
            cancellation.ThrowIfCancellationRequested();
            yield return block;
            (block, size) = ([], 0);
        }
        cancellation.ThrowIfCancellationRequested();
        if (block.Count > 0) yield return block;
    }

    /// <summary>Counts the words of some lines.</summary>
    public Block Count(List<string> lines)
    {
        var (words, prepared, tooLong) = (new WordCounter(long.MaxValue), new CharBuffer(), 0L);
        foreach (var line in lines)
        {
            if (line.Length > options.MaxLineBytes || (line.Length * 3 > options.MaxLineBytes && Encoding.UTF8.GetByteCount(line) > options.MaxLineBytes))
            {
                tooLong++;
                continue;
            }
            if (line.Contains(TrainingText.Unknown)) continue;
            prepared.Clear();
            normalizer.Normalize(line, continuation: false, prepared);
            var text = CutOut(prepared.Written);
            if (options.SplitByWhitespace) WordSplitter.Count(text, options, words);
            else if (!text.IsEmpty) words.Add(text, 1, WordCounter.AtLineEnd);
        }
        return new Block(words, lines.Count, tooLong);
    }

    private ReadOnlySpan<char> CutOut(ReadOnlySpan<char> text)
    {
        if (matcher.IsEmpty || !matcher.Next(text, out _, out _)) return text;
        var output = new StringBuilder();
        while (matcher.Next(text, out var start, out var length))
        {
            output.Append(text[..start]).Append(TrainingText.Boundary);
            text = text[(start + length)..];
        }
        return output.Append(text).ToString();
    }
}
