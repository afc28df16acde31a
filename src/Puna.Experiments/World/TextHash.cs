namespace Puna.Experiments.World;

/// <summary>A hash of a text that is the same on every platform: FNV-1a over its UTF-16 units, then mixed.</summary>
internal static class TextHash
{
    public static ulong Of(string text)
    {
        var hash = 14695981039346656037ul;
        foreach (var unit in text) hash = (hash ^ unit) * 1099511628211ul;
        hash = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15ul;
        return hash ^ (hash >> 29);
    }
}
