using System.Numerics;
using System.Runtime.InteropServices;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Evaluation;

/// <summary>Gathers an <see cref="ImportanceMatrix"/> with a run of the model over texts, in pieces that know nothing of each other. The output projection is left out, as llama.cpp leaves it out.</summary>
public static class ImportanceGatherer
{
    /// <summary>Runs the model.</summary>
    /// <param name="model">A Llama with its tokenizer.</param>
    /// <param name="device">Where to compute; in single precision.</param>
    /// <param name="texts">Names and texts.</param>
    /// <param name="chunkSize">Tokens of a piece; 0 for 512 or the model's context length if that is less. A text's last, shorter piece is left out.</param>
    /// <param name="mostChunks">At most so many pieces; 0 for all.</param>
    /// <param name="progress">Hears the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <exception cref="InvalidDataException">Another kind of model, no tokenizer, too little text, or numbers that are not finite.</exception>
    public static ImportanceMatrix Gather(LanguageModel model, Device device, IReadOnlyList<(string Name, string Text)> texts, int chunkSize = 0, int mostChunks = 0, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        if (model.Config is not LlamaConfig config) throw new InvalidDataException($"importances are gathered for Llamas only, this model is of the kind {model.Network.Config.ModelType}");
        var tokenizer = model.Tokenizer ?? throw new InvalidDataException("the model has no tokenizer; name one with --tokenizer PATH");
        if (chunkSize == 0) chunkSize = Math.Min(512, config.ContextLength);
        if (chunkSize < 1 || chunkSize > config.ContextLength) throw new InvalidDataException($"--context-length {chunkSize}: this model has 1 to {config.ContextLength} positions");
        var begin = tokenizer.AddsBos && config.BosTokenId is { } bos ? bos : (int?)null;
        var chunks = texts.SelectMany(text => tokenizer.Encode(text.Text).Chunk(chunkSize - (begin is null ? 0 : 1)).Where(ids => ids.Length == chunkSize - (begin is null ? 0 : 1))).ToArray();
        if (mostChunks > 0 && chunks.Length > mostChunks) chunks = chunks[..mostChunks];
        if (chunks.Length == 0) throw new InvalidDataException($"the text has less than one piece of {chunkSize} tokens; give more text or a smaller --context-length");

        var sums = new Dictionary<string, double[]>();
        using var arena = new Arena();
        var tape = new Tape(device, arena);
        var batch = new TokenBatch(1, chunkSize, false);
        var input = batch.Input with { LinearInputs = (name, x) => Add(CollectionsMarshal.GetValueRefOrAddDefault(sums, name, out _) ??= new double[x.Shape.Columns], x) };
        for (var i = 0; i < chunkSize; i++) batch.Positions.Span<int>()[i] = i;
        for (var i = 0; i < chunks.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (begin is { } symbol) batch.Ids.Span<int>()[0] = symbol;
            chunks[i].CopyTo(batch.Ids.Span<int>()[(begin is null ? 0 : 1)..]);
            tape.Reset();
            model.Network.Forward(tape, input);
            progress?.Invoke((i + 1.0) / chunks.Length);
        }
        var matrix = new ImportanceMatrix { Texts = [.. texts.Select(text => text.Name)], ChunkCount = chunks.Length, ChunkSize = chunkSize };
        foreach (var (name, columns) in sums) matrix.Add(GgufNames.ToGguf(name)!, [.. columns.Select(sum => (float)sum)], (double)chunks.Length * chunkSize);
        return matrix;
    }

    private static void Add(double[] sums, Tensor x)
    {
        var columns = sums.Length;
        var squares = new float[columns];
        var all = x.Span<float>();
        for (var row = 0; row < x.Shape.Rows; row++)
        {
            var values = all.Slice(row * columns, columns);
            var i = 0;
            for (; i <= columns - Vector<float>.Count; i += Vector<float>.Count)
            {
                var value = new Vector<float>(values[i..]);
                (new Vector<float>(squares, i) + (value * value)).CopyTo(squares, i);
            }
            for (; i < columns; i++) squares[i] += values[i] * values[i];
        }
        for (var i = 0; i < columns; i++) sums[i] += squares[i];
    }
}
