using System.Text;

namespace Puna.Text;

/// <summary>The different words of a text and how often each is there.</summary>
internal sealed class WordCounts : WordSink
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup;

    private WordCounts() => lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Counts; the words come sorted, so that the order of the texts leaves no trace.</summary>
    public static IReadOnlyList<(byte[] Word, long Count)> Of(IEnumerable<string> texts, PreTokenizer rule, CancellationToken cancellation)
    {
        var words = new WordCounts();
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            rule.Split(text, TextPlace.Start, words);
        }
        return [.. words.counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (Encoding.UTF8.GetBytes(pair.Key), pair.Value))];
    }

    public override void Add(ReadOnlySpan<char> word)
    {
        lookup.TryGetValue(word, out var count);
        lookup[word] = count + 1;
    }
}
