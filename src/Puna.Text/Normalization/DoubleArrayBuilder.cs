using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Puna.Text;

/// <summary>
/// Packs character rules into the form that <see cref="CharsMap"/>, and the original library, read. Equal subtrees are stored once:
/// a unit does not name its parent, so many may point to the same children. That makes nmt_nfkc eight times smaller.
/// </summary>
internal sealed class DoubleArrayBuilder
{
    private const uint Leaf = 0x8000_0000, EndsHere = 0x100, Unused = 0x8000_0000;
    private const int Block = 256, OpenBlocks = 16;
    private readonly List<uint> units = [];
    private bool[] taken = [], originTaken = [];
    private readonly (byte[] Key, int Value)[] keys;
    private readonly List<ulong[]> states = []; // each child: label in the high half, state or value in the low half
    private readonly Dictionary<string, int> stateIds = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> origins = [];
    private int firstBlock;

    private DoubleArrayBuilder((byte[] Key, int Value)[] keys) => this.keys = keys;

    public static byte[] Build(IReadOnlyDictionary<string, string> rules)
    {
        using var replacements = new MemoryStream();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in rules.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            places.Add(text, (int)replacements.Position);
            replacements.Write(Encoding.UTF8.GetBytes(text));
            replacements.WriteByte(0);
        }
        var keys = rules.Select(rule => (Encoding.UTF8.GetBytes(rule.Key), places[rule.Value])).ToArray();
        Array.Sort(keys, (a, b) => a.Item1.AsSpan().SequenceCompareTo(b.Item1));
        var units = new DoubleArrayBuilder(keys).Units();

        var blob = new byte[4 + (4 * units.Count) + replacements.Length];
        BinaryPrimitives.WriteInt32LittleEndian(blob, 4 * units.Count);
        for (var i = 0; i < units.Count; i++) BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + (4 * i)), units[i]);
        replacements.ToArray().CopyTo(blob, 4 + (4 * units.Count));
        return blob;
    }

    private List<uint> Units()
    {
        var root = State(0, keys.Length, 0);
        Grow();
        taken[0] = true;
        units[0] = Pointer(0, root);
        return units;
    }

    /// <summary>The state after the bytes that keys first to last share; its children are bytes, or 0 with the rule's value.</summary>
    private int State(int first, int last, int depth)
    {
        var children = new List<ulong>();
        var at = first;
        if (keys[at].Key.Length == depth) children.Add((uint)keys[at++].Value);
        while (at < last)
        {
            var (label, start) = (keys[at].Key[depth], at);
            while (at < last && keys[at].Key[depth] == label) at++;
            children.Add(((ulong)label << 32) | (uint)State(start, at, depth + 1));
        }
        var signature = MemoryMarshal.Cast<ulong, char>(CollectionsMarshal.AsSpan(children));
        var lookup = stateIds.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(signature, out var known)) return known;
        lookup.TryAdd(signature, states.Count);
        states.Add([.. children]);
        return states.Count - 1;
    }

    private uint Pointer(int unit, int state)
    {
        var children = states[state];
        if (!origins.TryGetValue(state, out var origin))
        {
            origins.Add(state, origin = FreeOrigin(children));
            originTaken[origin] = true;
            foreach (var child in children) taken[origin ^ (int)(child >> 32)] = true;
            foreach (var child in children)
            {
                var (label, target) = ((int)(child >> 32), (int)child);
                units[origin ^ label] = label == 0 ? Leaf | (uint)target : (uint)label | Pointer(origin ^ label, target);
            }
        }
        var offset = (uint)(unit ^ origin);
        if (offset >= 1 << 21) throw new InvalidOperationException("Too many character rules for a plain offset.");
        return (offset << 10) | (children[0] >> 32 == 0 ? EndsHere : 0);
    }

    // The first place where all children fit; blocks far behind the end are given up, which costs little room and keeps the search short.
    private int FreeOrigin(ulong[] children)
    {
        for (var block = firstBlock; ; block++)
        {
            if (block * Block >= units.Count) Grow();
            for (var origin = block * Block; origin < (block + 1) * Block; origin++)
                if (!originTaken[origin] && Fits(origin, children)) return origin;
        }
    }

    private bool Fits(int origin, ulong[] children)
    {
        foreach (var child in children)
            if (taken[origin ^ (int)(child >> 32)]) return false;
        return true;
    }

    private void Grow()
    {
        for (var i = 0; i < Block; i++) units.Add(Unused);
        Array.Resize(ref taken, units.Count);
        Array.Resize(ref originTaken, units.Count);
        firstBlock = Math.Max(0, (units.Count / Block) - OpenBlocks);
    }
}
