using System.Text;

namespace Puna.Inference;

/// <summary>Characters as the bytes of their UTF-8: a set becomes sequences of ranges of bytes (RFC 3629; the construction is that of Thompson's and Cox's UTF-8 automata).</summary>
internal static class Utf8Spelling
{
    private static readonly int[] Largest = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>A grammar over characters as one over bytes.</summary>
    /// <param name="source">The grammar; <see cref="GrammarAnalysis.Complete"/> has been done.</param>
    /// <param name="spellable">The characters that the vocabulary has; null for all.</param>
    /// <exception cref="InvalidDataException">With these characters alone no text satisfies it.</exception>
    public static Grammar ToBytes(Grammar source, CharacterSet? spellable)
    {
        var grammar = new Grammar(source.Name);
        var done = new GrammarNode[source.Nodes.Count];
        var (spelled, single) = (new Dictionary<CharacterSet, GrammarNode>(), new Dictionary<ByteSet, GrammarNode>());
        foreach (var node in source.Nodes)
        {
            done[node.Id] = node.Kind switch
            {
                GrammarNodeKind.Characters => Spell(node.Characters!),
                GrammarNodeKind.Bytes => One(node.Bytes),
                GrammarNodeKind.Sequence => grammar.Sequence(Items(node)),
                GrammarNodeKind.Choice => grammar.Choice(Items(node)),
                GrammarNodeKind.Repeat => node.Items.Length == 0 ? grammar.Empty : grammar.Repeat(done[node.Items[0].Id], node.Minimum, node.Maximum),
                _ => grammar.Rule(node.Name),
            };
        }
        foreach (var node in source.Nodes.Where(node => node.Kind == GrammarNodeKind.Rule)) done[node.Id].Items = Items(node);
        grammar.Root = done[source.Root.Id];
        GrammarAnalysis.Complete(grammar, "no text of characters that this vocabulary has can satisfy it");
        return grammar;

        GrammarNode[] Items(GrammarNode node) => [.. node.Items.Select(item => done[item.Id])];

        GrammarNode Spell(CharacterSet characters)
        {
            if (spelled.TryGetValue(characters, out var known)) return known;
            var kept = spellable is null ? characters : characters.And(spellable);
            return spelled[characters] = grammar.Choice([.. Sequences(kept).Select(bytes => grammar.Sequence([.. bytes.Select(One)]))]);
        }

        GrammarNode One(ByteSet bytes) => single.TryGetValue(bytes, out var node) ? node : single[bytes] = grammar.Of(bytes);
    }

    /// <summary>The sequences of a set; those of one byte are joined.</summary>
    private static IEnumerable<List<ByteSet>> Sequences(CharacterSet characters)
    {
        var sequences = new List<List<ByteSet>>();
        foreach (var (first, last) in characters.Ranges)
        {
            var from = first;
            foreach (var largest in Largest)
            {
                if (from > largest) continue;
                Cut(from, Math.Min(last, largest), sequences);
                from = largest + 1;
                if (from > last) break;
            }
        }
        // the same continuation bytes: one sequence with more first bytes
        return sequences.GroupBy(bytes => string.Join(';', bytes.Skip(1)))
            .Select(group => (List<ByteSet>)[group.Select(bytes => bytes[0]).Aggregate((a, b) => a | b), .. group.First().Skip(1)]);
    }

    /// <summary>Cuts a range of characters of one length into stretches whose bytes vary independently.</summary>
    private static void Cut(int first, int last, List<List<ByteSet>> output)
    {
        for (var bits = 6; bits <= 18; bits += 6)
        {
            var mask = (1 << bits) - 1;
            if ((first & ~mask) == (last & ~mask) || last <= 0x7F) continue;
            if ((first & mask) != 0)
            {
                Cut(first, first | mask, output);
                Cut((first | mask) + 1, last, output);
                return;
            }
            if ((last & mask) != mask)
            {
                Cut(first, (last & ~mask) - 1, output);
                Cut(last & ~mask, last, output);
                return;
            }
        }
        Span<byte> a = stackalloc byte[4], b = stackalloc byte[4];
        var length = new Rune(first).EncodeToUtf8(a);
        new Rune(last).EncodeToUtf8(b);
        var bytes = new List<ByteSet>();
        for (var i = 0; i < length; i++) bytes.Add(ByteSet.Range(a[i], b[i]));
        output.Add(bytes);
    }
}
