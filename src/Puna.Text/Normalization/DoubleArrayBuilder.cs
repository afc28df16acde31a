using System.Buffers.Binary;
using System.Text;

namespace Puna.Text;

/// <summary>Packs character rules into the form that <see cref="CharsMap"/>, and the original library, read.</summary>
internal sealed class DoubleArrayBuilder
{
    private const uint Leaf = 0x8000_0000, EndsHere = 0x100, Unused = 0x8000_0000;
    private const int Block = 256;
    private readonly List<uint> units = [];
    private readonly List<bool> taken = [], baseTaken = [];
    private readonly (byte[] Key, int Value)[] keys;
    private int firstBlock;

    private DoubleArrayBuilder((byte[] Key, int Value)[] keys) => this.keys = keys;

    public static byte[] Build(IReadOnlyDictionary<string, string> rules)
    {
        var replacements = new MemoryStream();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var text in rules.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            places.Add(text, (int)replacements.Position);
            replacements.Write(Encoding.UTF8.GetBytes(text));
            replacements.WriteByte(0);
        }
        var keys = rules.Select(rule => (Encoding.UTF8.GetBytes(rule.Key), places[rule.Value])).ToArray();
        Array.Sort(keys, (a, b) => a.Item1.AsSpan().SequenceCompareTo(b.Item1));
        var builder = new DoubleArrayBuilder(keys);
        builder.Grow();
        builder.taken[0] = true;
        builder.units[0] = 0;
        builder.Add(0, 0, keys.Length, 0);

        var blob = new byte[4 + (4 * builder.units.Count) + replacements.Length];
        BinaryPrimitives.WriteInt32LittleEndian(blob, 4 * builder.units.Count);
        for (var i = 0; i < builder.units.Count; i++) BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(4 + (4 * i)), builder.units[i]);
        replacements.ToArray().CopyTo(blob, 4 + (4 * builder.units.Count));
        return blob;
    }

    /// <summary>Places the children of a node, whose keys are first to last and agree in the bytes before depth.</summary>
    private void Add(int node, int first, int last, int depth)
    {
        var children = new List<(byte Label, int First, int Last)>();
        for (var at = first; at < last;)
        {
            var label = keys[at].Key.Length == depth ? (byte)0 : keys[at].Key[depth];
            var start = at;
            while (at < last && (keys[at].Key.Length == depth ? (byte)0 : keys[at].Key[depth]) == label) at++;
            children.Add((label, start, at));
        }
        var origin = Place(node, children);
        var offset = (uint)(node ^ origin);
        units[node] |= offset < 1 << 21 ? offset << 10 : (offset << 2) | 0x200;
        foreach (var (label, _, _) in children) taken[origin ^ label] = true;
        baseTaken[origin] = true;
        foreach (var (label, start, end) in children)
        {
            if (label == 0)
            {
                units[node] |= EndsHere;
                units[origin] = Leaf | (uint)keys[start].Value;
            }
            else
            {
                units[origin ^ label] = label;
                Add(origin ^ label, start, end, depth + 1);
            }
        }
    }

    // First free place; blocks that are nearly full are given up, which costs little room and keeps the search short.
    private int Place(int node, List<(byte Label, int First, int Last)> children)
    {
        for (var block = firstBlock; ; block++)
        {
            if (block * Block >= units.Count) Grow();
            for (var origin = block * Block; origin < (block + 1) * Block; origin++)
            {
                if (baseTaken[origin] || ((node ^ origin) >= 1 << 21 && ((node ^ origin) & 0xFF) != 0)) continue;
                var fits = true;
                foreach (var (label, _, _) in children) fits &= !taken[origin ^ label];
                if (fits) return origin;
            }
            if (block - firstBlock > 16) firstBlock++;
        }
    }

    private void Grow()
    {
        for (var i = 0; i < Block; i++)
        {
            units.Add(Unused);
            taken.Add(false);
            baseTaken.Add(false);
        }
    }
}
