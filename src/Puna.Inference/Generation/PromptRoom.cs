namespace Puna.Inference;

/// <summary>Whether a prompt leaves room for an answer.</summary>
internal static class PromptRoom
{
    /// <summary>Says no where it is empty or fills the context.</summary>
    /// <exception cref="InvalidDataException">It does; the message has both counts.</exception>
    public static void Require(int count, int context)
    {
        if (count == 0) throw Empty();
        if (count >= context) throw TooLong(count, context);
    }

    /// <summary>The sentence about an empty prompt.</summary>
    public static InvalidDataException Empty() => new("the prompt is empty and the model has no BOS token to begin with; give a prompt");

    /// <summary>The sentence about a prompt that does not fit.</summary>
    public static InvalidDataException TooLong(int count, int context) => new($"the prompt has {count} tokens, the context {context}: shorten the prompt");
}
