namespace Puna.Text;

/// <summary>A character, or two symbols side by side with the places where they stand.</summary>
internal sealed class BpeSymbol(int key, int[] characters, BpeSymbol? left, BpeSymbol? right)
{
    private readonly List<ulong> positions = [];
    private bool sorted = true;

    /// <summary>The same for symbols made of the same parts, even when one was removed and made again.</summary>
    public int Key { get; } = key;

    public int[] Characters { get; } = characters;

    public BpeSymbol? Left { get; } = left;

    public BpeSymbol? Right { get; } = right;

    /// <summary>0: must be counted.</summary>
    public long Frequency { get; set; }

    public bool IsUnknown => Characters is [TrainingText.Unknown];

    public static ulong Position(int word, int left, int right) => ((ulong)(uint)word << 32) | ((ulong)(uint)left << 16) | (uint)right;

    public void AddPosition(ulong position)
    {
        if (positions.Count > 0 && position <= positions[^1]) sorted = false;
        positions.Add(position);
    }

    /// <summary>The places in order of word and place.</summary>
    public List<ulong> Positions()
    {
        if (sorted) return positions;
        positions.Sort();
        var count = 0;
        for (var i = 0; i < positions.Count; i++)
            if (i == 0 || positions[i] != positions[i - 1]) positions[count++] = positions[i];
        positions.RemoveRange(count, positions.Count - count);
        sorted = true;
        return positions;
    }

    /// <summary>Counts, and forgets the places where the symbol no longer stands or overlaps the one before it («aaa»).</summary>
    public void Count(BpeSymbol?[][] words, List<CountedWord> counts)
    {
        if (Frequency > 0) return;
        var kept = 0;
        var (lastWord, lastRight) = (-1, 0);
        var all = Positions();
        for (var i = 0; i < all.Count; i++)
        {
            var (word, left, right) = ((int)(all[i] >> 32), (int)(all[i] >> 16) & 0xFFFF, (int)all[i] & 0xFFFF);
            if ((word == lastWord && left == lastRight) || words[word][left] != Left || words[word][right] != Right)
            {
                lastWord = -1;
                continue;
            }
            Frequency += counts[word].Count;
            (lastWord, lastRight) = (word, right);
            all[kept++] = all[i];
        }
        all.RemoveRange(kept, all.Count - kept);
    }

    /// <summary>More frequent, then shorter, then earlier in code point order.</summary>
    public bool IsBetterThan(BpeSymbol? other)
    {
        if (other is null) return true;
        if (Frequency != other.Frequency) return Frequency > other.Frequency;
        if (Characters.Length != other.Characters.Length) return Characters.Length < other.Characters.Length;
        return Characters.AsSpan().SequenceCompareTo(other.Characters) < 0;
    }

}
