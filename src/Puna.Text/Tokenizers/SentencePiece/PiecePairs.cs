namespace Puna.Text;

/// <summary>
/// All ways in which a piece of a vocabulary is two others side by side. A piece's beginnings that are pieces are a chain, from each to the next shorter, and so are its ends;
/// the two chains are walked towards each other. So a long piece costs what it has of these, not the square of its length.
/// </summary>
internal static class PiecePairs
{
    // Five times what the largest vocabularies in use have for each of their pieces.
    private const int MostAlways = 1 << 21, MostPerPiece = 16;

    /// <param name="texts">The pieces, none twice; one that is empty is left out.</param>
    /// <param name="name">What errors call the vocabulary.</param>
    /// <returns>Places in the list: left part, right part, whole.</returns>
    /// <exception cref="InvalidDataException">There are far more than a vocabulary has.</exception>
    public static List<(int Left, int Right, int Whole)> Find(IReadOnlyList<string> texts, string name)
    {
        var beginnings = LongestBeginnings(texts);
        var ends = LongestBeginnings([.. texts.Select(text => new string([.. text.Reverse()]))]);
        var most = MostAlways + ((long)MostPerPiece * texts.Count);
        var found = new List<(int Left, int Right, int Whole)>();
        var tails = new List<int>();
        for (var whole = 0; whole < texts.Count; whole++)
        {
            if (beginnings[whole] < 0 || ends[whole] < 0) continue;
            tails.Clear();
            for (var end = ends[whole]; end >= 0; end = ends[end]) tails.Add(end);
            var tail = tails.Count - 1;
            for (var left = beginnings[whole]; left >= 0 && tail >= 0; left = beginnings[left])
            {
                var wanted = texts[whole].Length - texts[left].Length;
                while (tail >= 0 && texts[tails[tail]].Length < wanted) tail--;
                if (tail < 0 || texts[tails[tail]].Length != wanted) continue;
                found.Add((left, tails[tail], whole));
                if (found.Count > most) throw new InvalidDataException($"{name}: the {texts.Count} pieces are two others side by side in more than {most} ways, far more than a vocabulary has; the file is damaged.");
            }
        }
        return found;
    }

    // In ordinal order a text's beginnings come before it, and only texts that share them between.
    private static int[] LongestBeginnings(IReadOnlyList<string> texts)
    {
        int[] order = [.. Enumerable.Range(0, texts.Count).Where(i => texts[i].Length > 0)];
        Array.Sort(order, (one, other) => string.CompareOrdinal(texts[one], texts[other]));
        var found = new int[texts.Count];
        Array.Fill(found, -1);
        var open = new Stack<int>();
        foreach (var i in order)
        {
            while (open.Count > 0 && !texts[i].StartsWith(texts[open.Peek()], StringComparison.Ordinal)) open.Pop();
            if (open.Count > 0) found[i] = open.Peek();
            open.Push(i);
        }
        return found;
    }
}
