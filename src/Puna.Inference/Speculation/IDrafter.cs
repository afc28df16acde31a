namespace Puna.Inference;

/// <summary>Proposes tokens that the model then checks in one pass. Belongs to one generation at a time.</summary>
public interface IDrafter : IDisposable
{
    /// <summary>A generation begins.</summary>
    /// <param name="chain">Chooses the model's tokens; the draft may choose alike (<see cref="SamplerChain.ForDraft"/>), and must leave it alone.</param>
    /// <param name="vocabularySize">V of the model: ids at or above it must not be proposed.</param>
    void Begin(SamplerChain chain, int vocabularySize);

    /// <summary>
    /// Proposes what may come next. Each token must have been drawn from the distribution that it is added with, and whether it is added must not depend on
    /// which token was drawn; then the text has the model's own distribution whatever the draft is worth.
    /// </summary>
    /// <param name="ids">The text so far, the newest token included.</param>
    /// <param name="most">The most tokens to propose, at least one; fewer or none is fine.</param>
    /// <param name="draft">Empty; receives them.</param>
    void Draft(ReadOnlySpan<int> ids, int most, DraftTokens draft);
}
