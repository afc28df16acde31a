using System.Runtime.CompilerServices;
using System.Text;
using Puna.Text;

namespace Puna.Inference;

/// <summary>The ids of an <see cref="ITokenService"/> as text: whole characters only, and nothing of a stop string.</summary>
internal static class TextStream
{
    /// <summary>The text, piece by piece; the request's figures are complete when it ends.</summary>
    /// <param name="service">Generates.</param>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="spelled">Control symbols that are written out, because whoever reads the text looks for them; null for none.</param>
    /// <param name="tokens">Receives the ids, those of a stop string included; null where nobody wants them.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    public static async IAsyncEnumerable<string> Of(
        ITokenService service, Tokenizer tokenizer, TokenRequest request, IReadOnlyCollection<string>? spelled = null, List<int>? tokens = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var stops = new StopSequences(request.Limits.StopSequences);
        // the decoder reads the prompt too: whether a piece's leading space is text depends on what stood before
        var decoder = tokenizer.CreateDecoder();
        foreach (var id in request.Prompt) decoder.Append(id);
        await foreach (var id in service.GenerateAsync(request, cancellation).ConfigureAwait(false))
        {
            tokens?.Add(id);
            var text = decoder.Append(id);
            if (spelled is not null && tokenizer.IsControl(id) && spelled.Contains(tokenizer.IdToPiece(id))) text += tokenizer.IdToPiece(id);
            text = stops.Push(text);
            if (text.Length > 0) yield return text;
            if (stops.Matched is not null) break;
        }
        var rest = stops.Matched is null ? stops.Push(decoder.Flush()) + stops.Finish() : "";
        if (stops.Matched is not null) request.Statistics = request.Statistics with { FinishReason = FinishReason.Stop };
        if (rest.Length > 0) yield return rest;
    }

    /// <summary>The whole text with its ids; the request's figures are complete then.</summary>
    /// <param name="service">Generates.</param>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellation">Ends it with an <see cref="OperationCanceledException"/>.</param>
    public static async Task<Sample> WholeAsync(ITokenService service, Tokenizer tokenizer, TokenRequest request, CancellationToken cancellation = default)
    {
        var (tokens, text) = (new List<int>(), new StringBuilder());
        await foreach (var piece in Of(service, tokenizer, request, tokens: tokens, cancellation: cancellation).ConfigureAwait(false)) text.Append(piece);
        return new Sample(text.ToString(), tokens, request.Statistics.FinishReason, request.Sampling.Seed, [.. request.LogProbabilities]);
    }
}
