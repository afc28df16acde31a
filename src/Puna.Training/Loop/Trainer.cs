using Puna.Models;
using Puna.Tensors;

namespace Puna.Training;

/// <summary>
/// Takes a network through optimizer steps. After the first step it allocates next to nothing on the managed heap: activations lie
/// in an arena, gradients and moments beside the weights. Not safe for use by several threads.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly ITrainingData _data;
    private readonly Arena _arena = new();
    private readonly Tape _tape;
    private readonly TokenBatch[] _batches;

    /// <summary>A trainer at step 0.</summary>
    /// <exception cref="InsufficientMemoryException">Gradients and moments do not fit in memory.</exception>
    public Trainer(LanguageNetwork network, Device device, ITrainingData data, TrainerOptions options)
    {
        (Network, _data, Options) = (network, data, options);
        Optimizer = new AdamW(device, network.Parameters, options.Optimizer);
        _tape = new Tape(device, _arena) { Recording = true, Precision = options.Precision };
        _batches = [.. Enumerable.Range(0, options.GradientAccumulation).Select(_ => new TokenBatch(options.BatchSize, data.SequenceLength, data.HasDocuments))];
    }

    /// <summary>The network in training.</summary>
    public LanguageNetwork Network { get; }

    /// <summary>The settings.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The optimizer with its moments.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Label tokens learned from so far.</summary>
    public long TokensSeen { get; private set; }

    /// <summary>The most bytes of activations that were in use at once.</summary>
    public long PeakActivationBytes => _arena.PeakBytes;

    /// <summary>Forward, backward and update.</summary>
    /// <exception cref="ArithmeticException">Loss or gradient is not finite; the weights are still those of the step before.</exception>
    public StepResult Advance()
    {
        var labels = Load();
        Optimizer.ClearGradients();
        var loss = 0.0;
        for (var micro = 0; micro < _batches.Length; micro++) loss += Accumulate(_batches[micro], micro, labels);
        var norm = Optimizer.GradientNorm();
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw new ArithmeticException($"step {Step + 1}: loss {loss}, gradient norm {norm}{Optimizer.NotFinite()}; the last checkpoint is good, try a lower learning rate");
        var rate = Options.Schedule.At(Step + 1);
        Optimizer.Step(Step + 1, rate, norm);
        Step++;
        TokensSeen += labels;
        return new StepResult(Step, loss, norm, rate, (long)_batches.Length * _batches[0].Ids.Count, labels);
    }

    /// <summary>Goes on from a saved state: the weights and moments have been read already.</summary>
    internal void Resume(int step, long tokensSeen) => (Step, TokensSeen) = (step, tokensSeen);

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();

    private int Load()
    {
        var labels = 0;
        for (var micro = 0; micro < _batches.Length; micro++)
        {
            _data.Fill(_batches[micro], Step, micro, _batches.Length);
            labels += _batches[micro].LabelCount;
        }
        return labels;
    }

    /// <summary>Adds the gradients of a micro-batch; returns its share of the step's loss.</summary>
    private double Accumulate(TokenBatch batch, int micro, int labels)
    {
        if (batch.LabelCount == 0) return 0;
        _tape.Reset();
        var input = batch.Input;
        if (Options.RecomputesBlocks) input = input with { RecomputesBlocks = true };
        if (Options.Dropout > 0) input = input with { Dropout = new DropoutPlan(Options.Dropout, Options.Seed, Step, micro) };
        var hidden = Network.Forward(_tape, input);
        var result = Network.Loss(_tape, hidden, batch.Labels, labels);
        _tape.Backward(result.Loss);
        return result.Loss.DType == DType.Float64 ? result.Loss.Span<double>()[0] : result.Loss.Span<float>()[0];
    }
}
