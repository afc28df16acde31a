using Puna.Models;

namespace Puna.Training;

/// <summary>What packing did.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Truncated">Samples that were longer than a row and lost their end.</param>
/// <param name="Dropped">Samples without any token to learn (of what fits), left out.</param>
public sealed record PackedSamples(TokenRows Rows, int Truncated, int Dropped)
{
    /// <summary>Share of the positions that hold a token, 0 to 1.</summary>
    public double Fill { get; init; }
}

/// <summary>
/// Puts whole samples into rows of T, several a row where they fit, each a document of its own: positions restart, attention and loss
/// do not cross. What is left of a row is filled with ignored positions that belong to a document of their own.
/// </summary>
public static class SequencePacker
{
    private const int OpenRows = 64;

    /// <summary>Packs samples in their order; each goes to the fullest of the latest rows that still has room.</summary>
    /// <param name="samples">Documents or conversations.</param>
    /// <param name="length">T.</param>
    /// <param name="separate">False puts each sample into a row of its own.</param>
    /// <exception cref="InvalidDataException">Nothing is left to learn from.</exception>
    public static PackedSamples Pack(IEnumerable<TrainingSample> samples, int length, bool separate = true)
    {
        var rows = new List<List<TrainingSample>>();
        var room = new List<int>();
        var (truncated, dropped, filled) = (0, 0, 0L);
        foreach (var whole in samples)
        {
            // position t is scored on token t + 1, so T positions serve T + 1 tokens
            var sample = whole;
            if (sample.Ids.Length > length + 1)
            {
                sample = new TrainingSample(sample.Ids[..(length + 1)], sample.IsTarget?[..(length + 1)]);
                truncated++;
            }
            if (sample.Ids.Length < 2 || (sample.IsTarget is { } targets && !targets.AsSpan(1).Contains(true)))
            {
                dropped++;
                continue;
            }
            var needed = sample.Ids.Length - 1;
            var row = separate ? Fullest(room, needed) : -1;
            if (row < 0)
            {
                row = rows.Count;
                rows.Add([]);
                room.Add(length);
            }
            rows[row].Add(sample);
            room[row] -= needed;
            filled += needed;
        }
        if (rows.Count == 0) throw new InvalidDataException("no sample has a token to learn: check the data and data.sequence_length");
        return new PackedSamples(Write(rows, length), truncated, dropped) { Fill = filled / ((double)rows.Count * length) };
    }

    private static int Fullest(List<int> room, int needed)
    {
        var best = -1;
        for (var i = room.Count - 1; i >= Math.Max(0, room.Count - OpenRows); i--)
        {
            if (room[i] >= needed && (best < 0 || room[i] < room[best])) best = i;
        }
        return best;
    }

    private static TokenRows Write(List<List<TrainingSample>> rows, int length)
    {
        var result = new TokenRows(rows.Count, length, hasDocuments: true);
        for (var r = 0; r < rows.Count; r++)
        {
            var at = r * length;
            for (var document = 0; document < rows[r].Count; document++)
            {
                var sample = rows[r][document];
                for (var t = 0; t + 1 < sample.Ids.Length; t++, at++)
                {
                    result.Ids[at] = sample.Ids[t];
                    result.Positions[at] = t;
                    result.Documents![at] = document;
                    if (sample.IsTarget is null || sample.IsTarget[t + 1]) result.Labels[at] = sample.Ids[t + 1];
                }
            }
            for (var t = 0; at < (r + 1) * length; at++, t++) (result.Positions[at], result.Documents![at]) = (t, rows[r].Count);
        }
        return result;
    }
}
