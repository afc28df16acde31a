using Puna.Text;

namespace Puna.Experiments.Reports;

/// <summary>The sentence about words that a tokenizer's training left out.</summary>
public static class DroppedNote
{
    /// <summary>What was left out, how much of the text that is, and what to do.</summary>
    /// <param name="dropped">What the trainer said.</param>
    public static string Of(DroppedWords dropped) =>
        $"rare words were left out {Figures.Count(dropped.Words)} times to stay within {Figures.Bytes(dropped.MemoryBytes)}, {Figures.Significant(100 * dropped.Share, 2)} % of the text; a larger memory keeps them";
}
