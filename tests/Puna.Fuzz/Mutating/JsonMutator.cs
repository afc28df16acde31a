using System.Text;
using System.Text.Json.Nodes;
using Puna.Tensors;

namespace Puna.Fuzz;

/// <summary>Damage to JSON: up to three nodes replaced, removed, doubled or wrapped; now and then the text itself is hurt.</summary>
internal static class JsonMutator
{
    private const int TextOneIn = 6;

    /// <summary>What text of JSON can hold and trees cannot.</summary>
    private static readonly string[] Stretches = ["\"\\ud800\"", "1e999", "-0", "123456789012345678901234567890", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":1,\"a\":2}", "\"", "}", "]", ",", "null", "\u0001"];

    /// <summary>A damaged copy.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="sound">The JSON.</param>
    /// <param name="donors">Parts, as JSON, that may take the place of a node.</param>
    public static byte[] Mutate(CounterRandom random, string sound, IReadOnlyList<string> donors)
    {
        var root = JsonNode.Parse(sound)!;
        for (var count = random.Next(2) == 0 ? 1 : 1 + random.Next(3); count > 0; count--) Change(random, root, donors);
        var text = root.ToJsonString();
        if (random.Next(TextOneIn) > 0) return Encoding.UTF8.GetBytes(text);
        if (random.Next(2) == 0) return BinaryMutator.Structure(random, Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(sound));
        // the value behind a colon becomes a stretch
        var at = text.IndexOf(':', random.Next(text.Length));
        if (at < 0) at = text.IndexOf(':');
        if (at < 0) return Encoding.UTF8.GetBytes(text);
        var end = text.AsSpan(at).IndexOfAny(",}]");
        return Encoding.UTF8.GetBytes($"{text[..(at + 1)]}{random.Of(Stretches)}{(end < 0 ? "" : text[(at + end)..])}");
    }

    private static void Change(CounterRandom random, JsonNode root, IReadOnlyList<string> donors)
    {
        List<Place> places = [], near = [];
        Find(root, 0, places, near);
        if (places.Count == 0) return;
        // The few nodes above long lists matter as much as the thousands in them.
        var place = near.Count > 0 && random.Next(3) > 0 ? random.Of(near) : random.Of(places);
        var old = place.Parent is JsonObject from ? from[place.Key!] : place.Parent[place.Index];
        JsonNode? changed = random.Next(donors.Count > 0 ? 12 : 10) switch
        {
            0 => null,
            1 or 2 => random.Of(Nasty.Numbers),
            3 => random.Of(Nasty.Texts),
            4 => random.Next(2) == 0,
            5 => new JsonArray(old?.DeepClone()),
            6 => new JsonObject { ["type"] = "Sequence", [random.Of((string[])["normalizers", "pretokenizers", "processors", "decoders"])] = new JsonArray(old?.DeepClone(), old?.DeepClone()) },
            7 => random.Next(2) == 0 ? new JsonArray() : new JsonObject(),
            8 or 9 => old is JsonValue value && value.TryGetValue(out int number) ? number + 1 - (2 * random.Next(2)) : random.Of(places).Value?.DeepClone(),
            _ => JsonNode.Parse(random.Of(donors)),
        };
        if (place.Parent is JsonObject owner && random.Next(6) == 0) owner.Remove(place.Key!);
        else if (place.Parent is JsonObject target) target[place.Key!] = changed;
        else if (random.Next(4) == 0) place.Parent.AsArray().RemoveAt(place.Index);
        else if (random.Next(4) == 0) place.Parent.AsArray().Insert(place.Index, changed);
        else place.Parent.AsArray()[place.Index] = changed;
    }

    private static void Find(JsonNode? node, int depth, List<Place> places, List<Place> near)
    {
        if (node is JsonObject members)
        {
            foreach (var (key, value) in members) Add(new Place(members, key, 0, value), members.Count);
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++) Add(new Place(items, null, i, items[i]), items.Count);
        }

        void Add(Place place, int siblings)
        {
            places.Add(place);
            if (depth <= 5 && siblings < 40) near.Add(place);
            Find(place.Value, depth + 1, places, near);
        }
    }

    private readonly record struct Place(JsonNode Parent, string? Key, int Index, JsonNode? Value);
}
