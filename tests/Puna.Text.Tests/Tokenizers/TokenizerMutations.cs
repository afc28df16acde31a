using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Puna.Text.Tests;

/// <summary>
/// Damage that keeps a file's structure: lengths, counts, types and values of whole files of each kind changed at places that a seed chooses. A fuzzer may call
/// these too: the seed decides everything.
/// </summary>
internal static class TokenizerMutations
{
    private static readonly long[] Numbers = [0, 1, -1, 2, 7, 255, 256, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue];
    private static readonly string[] Texts = ["", " ", "a", "a b", "\u2581", "<unk>", "BPE", "ByteLevel", "Sequence", "Replace", "Split", "(", "(a*)*b", "\\p{L}+", "[^", "<0x0A>", "\U0001F999", "\0"];

    /// <summary>A whole tokenizer.json with up to three nodes replaced, removed, doubled or wrapped.</summary>
    public static byte[] Json(byte[] whole, int seed)
    {
        var random = new Chooser(seed);
        var root = JsonNode.Parse(whole)!;
        for (var count = 1 + random.Below(3); count > 0; count--)
        {
            var places = Places(root).ToArray();
            // The few nodes above vocabulary and merges matter as much as the thousands in them.
            var near = places.Where(place => place.Depth <= 5 && place.Siblings < 40).ToArray();
            var (parent, key, index, _, _) = random.Below(3) > 0 && near.Length > 0 ? random.Of(near) : random.Of(places);
            var old = parent is JsonObject from ? from[key!] : parent[index];
            JsonNode? changed = random.Below(8) switch
            {
                0 => null,
                1 => random.Of(Numbers),
                2 => random.Of(Texts),
                3 => random.Below(2) == 0,
                4 => new JsonArray(old?.DeepClone()),
                5 => new JsonObject { ["type"] = "Sequence", [random.Of(["normalizers", "pretokenizers", "processors", "decoders"])] = new JsonArray(old?.DeepClone(), old?.DeepClone()) },
                6 => new JsonArray(),
                _ => old is JsonValue value && value.TryGetValue(out int number) ? number + 1 - (2 * random.Below(2)) : new JsonObject(),
            };
            if (parent is JsonObject owner && random.Below(6) == 0) owner.Remove(key!);
            else if (parent is JsonObject target) target[key!] = changed;
            else if (random.Below(4) == 0) parent.AsArray().RemoveAt(index);
            else parent.AsArray()[index] = changed;
        }
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    /// <summary>A rank file with up to three lines changed: a rank, a token, a separator, a line removed or doubled.</summary>
    public static byte[] Ranks(byte[] whole, int seed)
    {
        var random = new Chooser(seed);
        var lines = Encoding.ASCII.GetString(whole).Split('\n').ToList();
        for (var count = 1 + random.Below(3); count > 0 && lines.Count > 1; count--)
        {
            var at = random.Below(lines.Count);
            var parts = lines[at].Split(' ');
            switch (random.Below(7))
            {
                case 0:
                    lines.RemoveAt(at);
                    break;
                case 1:
                    lines.Insert(at, lines[at]);
                    break;
                case 2:
                    lines[at] = $"{parts[0]} {random.Of(Numbers)}";
                    break;
                case 3:
                    lines[at] = $"{Convert.ToBase64String(new byte[random.Below(400)])} {parts[^1]}";
                    break;
                case 4:
                    lines[at] = lines[at].Replace(' ', (char)random.Below(128));
                    break;
                case 5:
                    lines[at] = string.Concat(lines[at].Select(c => random.Below(9) == 0 ? (char)random.Below(128) : c));
                    break;
                default:
                    (lines[at], lines[0]) = (lines[0], lines[at]);
                    break;
            }
        }
        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    /// <summary>A llama2.c vocabulary with up to three of its numbers changed, or cut off.</summary>
    public static byte[] TokBin(byte[] whole, int seed)
    {
        var random = new Chooser(seed);
        var bytes = (byte[])whole.Clone();
        List<int> places = [0];
        for (var at = 4; at < bytes.Length; at += 8 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 4))) places.AddRange([at, at + 4, at + 8]);
        for (var count = 1 + random.Below(3); count > 0; count--)
        {
            var at = random.Of(places);
            if (at + 4 <= bytes.Length) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), unchecked((int)random.Of(Numbers)));
        }
        return random.Below(4) == 0 ? bytes[..random.Below(bytes.Length)] : bytes;
    }

    /// <summary>A protobuf file with up to three of its tags, lengths or numbers changed, on any of its levels, or cut off.</summary>
    public static byte[] Protobuf(byte[] whole, int seed)
    {
        var random = new Chooser(seed);
        var bytes = (byte[])whole.Clone();
        var places = Fields(whole, 0, whole.Length, 0).ToArray();
        for (var count = 1 + random.Below(3); count > 0; count--)
        {
            var at = random.Of(places);
            bytes[at] = random.Below(3) switch { 0 => (byte)random.Below(256), 1 => (byte)(bytes[at] ^ (1 << random.Below(8))), _ => random.Of(new byte[] { 0, 1, 0x7F, 0x80, 0xFF }) };
        }
        return random.Below(8) == 0 ? bytes[..random.Below(bytes.Length)] : bytes;
    }

    private static IEnumerable<(JsonNode Parent, string? Key, int Index, int Depth, int Siblings)> Places(JsonNode? node, int depth = 0)
    {
        if (node is JsonObject members)
        {
            foreach (var (key, value) in members)
            {
                yield return (members, key, 0, depth, members.Count);
                foreach (var below in Places(value, depth + 1)) yield return below;
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                yield return (items, null, i, depth, items.Count);
                foreach (var below in Places(items[i], depth + 1)) yield return below;
            }
        }
    }

    // Where tags, lengths and numbers stand; a field of bytes that reads as a message is looked into.
    private static IEnumerable<int> Fields(byte[] bytes, int at, int end, int depth)
    {
        while (at < end)
        {
            yield return at;
            var wire = bytes[at] & 7;
            while (at < end && bytes[at] >= 0x80) at++;
            at++;
            if (at >= end) yield break;
            yield return at;
            if (wire == 5) at += 4;
            else if (wire == 1) at += 8;
            else
            {
                long length = 0;
                for (var shift = 0; at < end; shift += 7)
                {
                    length |= (long)(bytes[at] & 0x7F) << shift;
                    if (bytes[at++] < 0x80 || shift > 56) break;
                }
                if (wire != 2) continue;
                if (length < 0 || length > end - at) yield break;
                if (depth < 1)
                    foreach (var inner in Fields(bytes, at, at + (int)length, depth + 1)) yield return inner;
                at += (int)length;
            }
        }
    }

    /// <summary>Numbers from a seed alone (SplitMix64).</summary>
    private sealed class Chooser(int seed)
    {
        private ulong state = (ulong)(uint)seed * 0xD1B5_4A32_D192_ED03;

        public int Below(int count)
        {
            var mixed = state += 0x9E37_79B9_7F4A_7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
            return (int)((mixed >> 33) % (ulong)count);
        }

        public T Of<T>(IReadOnlyList<T> all) => all[Below(all.Count)];
    }
}
