namespace Puna.Text;

/// <summary>What a trainer left out of its counts to stay within its memory.</summary>
/// <param name="Words">Rare words that were dropped; one that came again and was dropped again counts twice.</param>
/// <param name="Occurrences">How often they had been counted.</param>
/// <param name="AllOccurrences">Words of the text in all.</param>
/// <param name="MemoryBytes">The memory that the options allow.</param>
public sealed record DroppedWords(long Words, long Occurrences, long AllOccurrences, long MemoryBytes)
{
    /// <summary>Dropped occurrences over all.</summary>
    public double Share => AllOccurrences == 0 ? 0 : (double)Occurrences / AllOccurrences;
}
