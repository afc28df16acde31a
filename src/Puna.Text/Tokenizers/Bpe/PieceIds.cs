namespace Puna.Text;

/// <summary>Finds the ids of pieces while a file is read.</summary>
internal sealed class PieceIds
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <exception cref="InvalidDataException">Two pieces are the same.</exception>
    public PieceIds(IReadOnlyList<string> pieces, string name)
    {
        for (var id = 0; id < pieces.Count; id++)
            if (!ids.TryAdd(pieces[id], id)) throw new InvalidDataException($"{name}: the ids {ids[pieces[id]]} and {id} are both '{pieces[id]}'; a token must be unique.");
    }

    /// <summary>Adds a merge that a file spells.</summary>
    /// <exception cref="InvalidDataException">One of the two, or what they make, is no token.</exception>
    public void AddMerge(MergeTable merges, int rank, string left, string right, string name)
    {
        foreach (var piece in (ReadOnlySpan<string>)[left, right, left + right])
            if (!ids.ContainsKey(piece)) throw new InvalidDataException($"{name}: merge {rank}, '{left}' and '{right}', needs the token '{piece}', which the vocabulary lacks.");
        merges.Set(ids[left], ids[right], rank, ids[left + right]);
    }
}
