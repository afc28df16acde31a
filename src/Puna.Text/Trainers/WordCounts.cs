using System.Text;

namespace Puna.Text;

/// <summary>The different words of a text and how often each is there.</summary>
internal sealed class WordCounts : WordSink
{
    private readonly WordCounter counter = new(long.MaxValue);

    private WordCounts()
    {
    }

    /// <summary>Counts; the words come sorted, so that the order of the texts leaves no trace.</summary>
    public static IReadOnlyList<(byte[] Word, long Count)> Of(IEnumerable<string> texts, PreTokenizer rule, ByteLevelTrainerOptions options, CancellationToken cancellation)
    {
        var all = WordCounter.Within(options.MemoryBytes);
        foreach (var one in OrderedParallel.Select(texts, options.Threads > 0 ? options.Threads : Environment.ProcessorCount, text => Count(text, rule)))
        {
            cancellation.ThrowIfCancellationRequested();
            all.Add(one);
        }
        (byte[] Word, long Count)[] words = [.. all.All().OrderBy(word => word.Word, StringComparer.Ordinal).Select(word => (Encoding.UTF8.GetBytes(word.Word), word.Count))];
        if (all.Dropped.Words > 0) options.WhenDropped?.Invoke(new DroppedWords(all.Dropped.Words, all.Dropped.Occurrences, all.Dropped.Occurrences + words.Sum(word => word.Count), options.MemoryBytes));
        return words;
    }

    public override void Add(ReadOnlySpan<char> word) => counter.Add(word);

    private static WordCounter Count(string text, PreTokenizer rule)
    {
        var words = new WordCounts();
        rule.Split(text, TextPlace.Start, words);
        return words.counter;
    }
}
