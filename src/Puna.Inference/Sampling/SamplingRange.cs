using Puna.Text;

namespace Puna.Inference;

/// <summary>Sampling values that come from outside: what is out of range is the user's mistake and gets a sentence.</summary>
public static class SamplingRange
{
    /// <summary>Says no to values that no chain can be built from.</summary>
    /// <exception cref="InvalidDataException">A value is out of its range, a step's name is unknown or comes twice, or a sequence breaker of DRY is empty.</exception>
    public static void Require(SamplingOptions options)
    {
        DryBreakers.Check(options.DrySequenceBreakers);
        _ = Make(() => SamplerStepFactory.Build(options with { DrySequenceBreakers = [] })); // what breakers mean in tokens is found when there is a tokenizer
    }

    /// <summary>The chain that options and limits describe, for what follows a prompt: with a constraint before all else where the limits have a grammar.</summary>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="limits">Their grammar and its stop ids.</param>
    /// <param name="tokenizer">Of the model; a grammar and DRY need it.</param>
    /// <param name="prompt">Ids before the answer; not yet in the chain's history.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Require"/>; or there is a grammar that this vocabulary cannot spell, or no tokenizer where one is needed.</exception>
    internal static SamplerChain Chain(SamplingOptions options, GenerationOptions limits, Tokenizer? tokenizer, IReadOnlyList<int> prompt)
    {
        ConstraintStep? constraint = null;
        if (limits.Grammar is { } grammar)
        {
            var vocabulary = tokenizer ?? throw new InvalidDataException("a grammar needs the model's tokenizer, and the model has none");
            constraint = new ConstraintStep(grammar.Compile(vocabulary, limits.StopIds).Start([.. prompt]), prompt.Count);
        }
        return Make(() => new SamplerChain(options, tokenizer, constraint));
    }

    private static T Make<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentException exception) // out of range, or breakers without a tokenizer
        {
            throw new InvalidDataException(exception.Message.ReplaceLineEndings(" ").Split(" (Parameter")[0], exception);
        }
    }
}
