namespace Puna.Inference;

/// <summary>Sampling values that come from outside: what is out of range is the user's mistake and gets a sentence.</summary>
public static class SamplingRange
{
    /// <summary>Says no to values that no chain can be built from.</summary>
    /// <exception cref="InvalidDataException">A value is out of its range, or a step's name is unknown or comes twice.</exception>
    public static void Require(SamplingOptions options) => Chain(options);

    /// <summary>The chain that the options describe.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="Require"/>.</exception>
    internal static SamplerChain Chain(SamplingOptions options)
    {
        try
        {
            return new SamplerChain(options);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw new InvalidDataException(exception.Message.Split(" (Parameter")[0], exception);
        }
    }
}
