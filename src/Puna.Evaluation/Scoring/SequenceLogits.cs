using Puna.Models;
using Puna.Tensors;

namespace Puna.Evaluation;

/// <summary>The logits of whole sequences, for comparing a network with another program's.</summary>
public static class SequenceLogits
{
    /// <summary>Logits after each token of a sequence.</summary>
    /// <param name="network">The network.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="precision">Of the matrix products.</param>
    /// <param name="ids">The sequence.</param>
    /// <param name="documents">The document of each id in a packed row: positions begin anew where it changes, and a token sees only its own document. Null for one document.</param>
    /// <returns>Float32 [tokens, vocabulary].</returns>
    public static Tensor Compute(LanguageNetwork network, Device device, Precision precision, ReadOnlySpan<int> ids, ReadOnlySpan<int> documents = default)
    {
        using var arena = new Arena();
        var tape = new Tape(device, arena) { Precision = precision };
        var shape = new Shape(ids.Length);
        var (tokens, positions) = (new Tensor(DType.Int32, shape), new Tensor(DType.Int32, shape));
        ids.CopyTo(tokens.Span<int>());
        Tensor? packed = null;
        if (!documents.IsEmpty)
        {
            packed = new Tensor(DType.Int32, shape);
            documents.CopyTo(packed.Span<int>());
        }
        var position = positions.Span<int>();
        for (var i = 1; i < ids.Length; i++) position[i] = packed is null || documents[i] == documents[i - 1] ? position[i - 1] + 1 : 0;
        var hidden = network.Forward(tape, new ForwardInput(tokens, positions, 1) { Documents = packed });
        var logits = new Tensor(DType.Float32, new Shape(ids.Length, network.Config.VocabularySize));
        logits.CopyFrom(network.Logits(tape, hidden));
        return logits;
    }

    /// <summary>Logits of all sequences of a file as named tensors: <c>logits</c>, or <c>logits.0</c>, <c>logits.1</c>, …</summary>
    /// <param name="cancellation">Stops between sequences.</param>
    public static IReadOnlyList<(string Name, Tensor Tensor)> ComputeAll(LanguageNetwork network, Device device, Precision precision, TokenSequences sequences, CancellationToken cancellation = default)
    {
        var tensors = new List<(string, Tensor)>();
        for (var row = 0; row < sequences.Ids.Count; row++)
        {
            cancellation.ThrowIfCancellationRequested();
            tensors.Add((sequences.IsSingle ? "logits" : $"logits.{row}", Compute(network, device, precision, sequences.Ids[row], sequences.Documents?[row])));
        }
        return tensors;
    }
}
