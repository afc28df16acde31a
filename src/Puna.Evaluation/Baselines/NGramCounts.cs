using System.Runtime.InteropServices;

namespace Puna.Evaluation;

/// <summary>
/// Counts of tokens and of neighbouring pairs in training text. Pairs are kept sparsely, about 30 bytes for each distinct one, so a
/// vocabulary of 128k is no problem. Not safe for use by several threads while documents are added.
/// </summary>
public sealed class NGramCounts
{
    private readonly long[] _tokens;
    private readonly long[] _predecessors;
    private readonly Dictionary<long, long> _pairs = [];

    /// <summary>Creates empty counts.</summary>
    /// <param name="vocabularySize">V; ids lie in [0, V).</param>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary is empty.</exception>
    public NGramCounts(int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        (_tokens, _predecessors) = (new long[vocabularySize], new long[vocabularySize]);
    }

    /// <summary>V.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Number of training tokens.</summary>
    public long Total { get; private set; }

    /// <summary>Every pair that was seen with its count, in no particular order.</summary>
    public IEnumerable<(int Previous, int Token, long Count)> Pairs =>
        _pairs.Select(pair => ((int)(pair.Key / VocabularySize), (int)(pair.Key % VocabularySize), pair.Value));

    /// <summary>How often a token occurs, c(b).</summary>
    public long Token(int token) => _tokens[token];

    /// <summary>How often a token is followed by another in its document, Σ_b c(ab).</summary>
    public long Predecessor(int previous) => _predecessors[previous];

    /// <summary>How often a pair occurs, c(ab).</summary>
    public long Pair(int previous, int token) => _pairs.GetValueOrDefault((long)previous * VocabularySize + token);

    /// <summary>Adds one document; no pair reaches across its borders.</summary>
    /// <exception cref="InvalidDataException">An id lies outside the vocabulary; nothing is added then.</exception>
    public void Add(ReadOnlySpan<int> document)
    {
        Check(document);
        for (var i = 0; i < document.Length; i++)
        {
            _tokens[document[i]]++;
            if (i == 0) continue;
            _predecessors[document[i - 1]]++;
            CollectionsMarshal.GetValueRefOrAddDefault(_pairs, (long)document[i - 1] * VocabularySize + document[i], out _)++;
        }
        Total += document.Length;
    }

    /// <summary>Refuses ids outside the vocabulary.</summary>
    internal void Check(ReadOnlySpan<int> tokens)
    {
        for (var i = 0; i < tokens.Length; i++)
            if ((uint)tokens[i] >= (uint)VocabularySize)
                throw new InvalidDataException($"The token at place {i} is {tokens[i]}; ids must lie between 0 and {VocabularySize - 1}.");
    }
}
