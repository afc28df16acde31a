namespace Puna.Inference;

/// <summary>What a caller's factory made of the options in this library's own words.</summary>
internal static class RawOptions
{
    /// <summary>The factory's options, or the defaults where it made none.</summary>
    /// <exception cref="InvalidDataException">It made something of another type.</exception>
    public static T Of<T>(object? made, T defaults, string name)
        where T : class => made switch
        {
            null => defaults,
            T options => options,
            _ => throw new InvalidDataException($"{name} made a {made.GetType().Name}; this library understands {typeof(T).Name} only"),
        };
}
