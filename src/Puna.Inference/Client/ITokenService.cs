namespace Puna.Inference;

/// <summary>
/// Tokens for any number of callers at once: what clients of this library ask. <see cref="ScheduledTokenService"/> computes them on an engine.
/// </summary>
public interface ITokenService : IDisposable
{
    /// <summary>Generates until a stop id, the limit or the end of the context; stop ids are not returned. Any thread may call it, any number of times at once.</summary>
    /// <param name="request">What is wanted; receives the figures.</param>
    /// <param name="cancellation">Ends it at once; what is being computed for it ends with the present step.</param>
    /// <exception cref="InvalidDataException">The prompt is empty or leaves no room in the context, a sampling value is out of its range, or a logit is no finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The service was disposed.</exception>
    IAsyncEnumerable<int> GenerateAsync(TokenRequest request, CancellationToken cancellation = default);

    /// <summary>The final hidden states of a text's tokens, made into one vector of C numbers; not normalised.</summary>
    /// <param name="tokens">At least one, at most as many as the context has positions.</param>
    /// <param name="pooling">How.</param>
    /// <param name="cancellation">As for <see cref="GenerateAsync"/>.</param>
    /// <exception cref="InvalidDataException">No tokens, or too many, or a state is no finite number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<float[]> EmbedAsync(IReadOnlyList<int> tokens, EmbeddingPooling pooling, CancellationToken cancellation = default);
}
