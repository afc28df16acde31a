using Puna.Tensors;

namespace Puna.Inference;

/// <summary>Names of cache types on the command line and in tables, those of llama.cpp.</summary>
public static class CacheTypes
{
    private static readonly (string Name, CacheType Type)[] All = [("f32", CacheType.Float32), ("f16", CacheType.Float16), ("bf16", CacheType.BFloat16), ("q8_0", CacheType.Int8)];

    /// <summary>Every name, separated by commas.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(pair => pair.Name));

    /// <summary>The type of a name, in any case.</summary>
    /// <exception cref="InvalidDataException">There is none; the sentence lists those there are.</exception>
    public static CacheType ByName(string name) => All.Where(pair => pair.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(pair => (CacheType?)pair.Type).FirstOrDefault()
        ?? throw new InvalidDataException($"--cache-type {name}: use {Names}");

    /// <summary>Its name.</summary>
    public static string NameOf(CacheType type) => All.First(pair => pair.Type == type).Name;
}
