using Puna.Tensors;

namespace Puna.Models;

/// <summary>
/// Rows of equal length T, ready for the network: ids, labels already shifted (label of position t is the token that comes after it,
/// <see cref="LogProb.Ignore"/> where there is no loss), positions that restart with each document, and the document of each token.
/// </summary>
public sealed class TokenRows
{
    /// <summary>Rows of nothing; fill the arrays.</summary>
    /// <param name="count">Rows.</param>
    /// <param name="length">T.</param>
    /// <param name="hasDocuments">Whether tokens of one row belong to several documents that must not see each other.</param>
    public TokenRows(int count, int length, bool hasDocuments)
    {
        (Count, Length) = (count, length);
        Ids = new int[(long)count * length];
        Labels = new int[(long)count * length];
        Positions = new int[(long)count * length];
        Documents = hasDocuments ? new int[(long)count * length] : null;
        Array.Fill(Labels, LogProb.Ignore);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>Tokens of a row, T.</summary>
    public int Length { get; }

    /// <summary>[Count · T].</summary>
    public int[] Ids { get; }

    /// <summary>[Count · T].</summary>
    public int[] Labels { get; }

    /// <summary>[Count · T].</summary>
    public int[] Positions { get; }

    /// <summary>[Count · T], or null for one document a row.</summary>
    public int[]? Documents { get; }

    /// <summary>How many labels are not ignored.</summary>
    public long LabelCount => Labels.LongCount(label => label != LogProb.Ignore);

    /// <summary>
    /// A text cut into disjoint windows, every token but the first scored exactly once: window i reads tokens [i·T, i·T + T) and is scored
    /// on those that follow each. The last, shorter window is filled up with ignored labels.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer than two tokens.</exception>
    public static TokenRows FromWindows(ReadOnlySpan<int> tokens, int length)
    {
        if (tokens.Length < 2) throw new ArgumentException($"{tokens.Length} tokens leave nothing to predict");
        var rows = new TokenRows((tokens.Length - 2 + length) / length, length, false);
        for (var i = 0; i < rows.Ids.Length; i++)
        {
            rows.Positions[i] = i % length;
            if (i >= tokens.Length - 1) continue;
            rows.Ids[i] = tokens[i];
            rows.Labels[i] = tokens[i + 1];
        }
        return rows;
    }

    /// <summary>The pairs that these rows score: (previous token, token), for baselines that must be scored on the same positions.</summary>
    public (int[] Previous, int[] Tokens) ScoredPairs()
    {
        var count = LabelCount;
        var (previous, tokens) = (new int[count], new int[count]);
        var n = 0;
        for (var i = 0; i < Ids.Length; i++)
        {
            if (Labels[i] == LogProb.Ignore) continue;
            (previous[n], tokens[n++]) = (Ids[i], Labels[i]);
        }
        return (previous, tokens);
    }
}
