using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
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
    private readonly Arena _arena;
    private readonly Tape _tape;
    private readonly TokenBatch[] _batches;
    private readonly PackedWeights? _packed;

    /// <summary>A trainer at step 0.</summary>
    /// <exception cref="InsufficientMemoryException">Gradients and moments do not fit in memory.</exception>
    public Trainer(LanguageNetwork network, Device device, ITrainingData data, TrainerOptions options)
    {
        (Network, _data, Options) = (network, data, options);
        Optimizer = new AdamW(device, network.Parameters, options.Optimizer);
        _arena = new Arena(MemoryPlan.For(network.Config, options, device, data.SequenceLength, 0).Activations);
        _tape = new Tape(device, _arena) { Recording = true, Precision = options.Precision };
        if (options.Precision == Precision.BFloat16) _packed = new PackedWeights(device, network.Parameters.Select(parameter => parameter.Tensor));
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

    /// <summary>Steps among them that were skipped: they used up their data and their place in the schedule, but the optimizer did not see them.</summary>
    public int Skipped { get; private set; }

    /// <summary>How many steps without a break were skipped up to now.</summary>
    public int SkippedInARow { get; private set; }

    /// <summary>Label tokens learned from so far.</summary>
    public long TokensSeen { get; private set; }

    /// <summary>The most bytes of activations that were in use at once.</summary>
    public long PeakActivationBytes => _arena.PeakBytes;

    /// <summary>
    /// Forward, backward and update. Where loss or gradient is not finite the step is skipped: weights, moments and the optimizer's own count of
    /// steps stay as they were; the next step takes the next data at the next place of the schedule.
    /// </summary>
    /// <exception cref="ArithmeticException">Loss or gradient is not finite once more than <see cref="TrainerOptions.MaxSkippedSteps"/> times in a row; the weights are still those of the last step that was not skipped.</exception>
    public StepResult Advance()
    {
        var labels = Load();
        Optimizer.ClearGradients();
        var loss = 0.0;
        _packed?.Refresh();
        try
        {
            for (var micro = 0; micro < _batches.Length; micro++) loss += Accumulate(_batches[micro], micro, labels);
        }
        finally
        {
            _packed?.Expire();
        }
        var norm = Optimizer.GradientNorm();
        var rate = Options.Schedule.At(Step + 1);
        var isSkipped = !double.IsFinite(loss) || !double.IsFinite(norm);
        if (isSkipped) Skip(loss, norm);
        else
        {
            Optimizer.Step(Step + 1 - Skipped, rate, norm);
            SkippedInARow = 0;
            TokensSeen += labels;
        }
        Step++;
        return new StepResult(Step, loss, norm, rate, (long)_batches.Length * _batches[0].Ids.Count, labels) { IsSkipped = isSkipped };
    }

    /// <summary>Goes on from a saved state: the weights and moments have been read already.</summary>
    internal void Resume(CheckpointState state) => (Step, TokensSeen, Skipped, SkippedInARow) = (state.Step, state.TokensSeen, state.Skipped, state.SkippedInARow);

    /// <summary>
    /// A hash of some batches up to the present step, the latest among them: the same at the same step of the same data, so that a text that
    /// was changed, or another place in it, shows.
    /// </summary>
    internal string DataFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var quarter in Enumerable.Range(0, 5))
        {
            var step = (int)((long)Math.Max(0, Step - 1) * quarter / 4);
            for (var micro = 0; micro < _batches.Length; micro++)
            {
                _data.Fill(_batches[micro], step, micro, _batches.Length);
                hash.AppendData(MemoryMarshal.AsBytes(_batches[micro].Ids.Span<int>()));
                hash.AppendData(MemoryMarshal.AsBytes(_batches[micro].Labels.Span<int>()));
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packed?.Dispose();
        _arena.Dispose();
    }

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

    private void Skip(double loss, double norm)
    {
        if (SkippedInARow >= Options.MaxSkippedSteps)
        {
            var before = SkippedInARow switch { 0 => "", 1 => ", after a step that was skipped for the same", _ => $", after {SkippedInARow} steps in a row that were skipped for the same" };
            throw new ArithmeticException(string.Create(CultureInfo.InvariantCulture, $"step {Step + 1}: loss {loss}, gradient norm {norm}{before}; {Origin()}; try a lower learning rate"));
        }
        Skipped++;
        SkippedInARow++;
    }

    /// <summary>Where the first number that is not finite came into being: the forward pass once more, looking at every part; then the gradients.</summary>
    private string Origin()
    {
        _tape.Recording = false;
        try
        {
            for (var micro = 0; micro < _batches.Length; micro++)
            {
                _tape.Reset();
                string? first = null;
                var input = Input(_batches[micro], micro) with { Trace = (part, output) => first ??= NonFinite.IsIn(output) ? part : null };
                var hidden = Network.Forward(_tape, input);
                if (first is null && _batches[micro].LabelCount > 0 && NonFinite.IsIn(Network.Loss(_tape, hidden, _batches[micro].Labels, _batches[micro].LabelCount).Loss)) first = "output";
                if (first is not null) return $"the forward pass is not finite from {first} on";
            }
        }
        finally
        {
            _tape.Recording = true;
        }
        return NonFinite.Gradient(Network.Parameters) is { } parameter
            ? $"the backward pass is not finite from {NonFinite.ModuleOf(parameter.Name)} on ({parameter.Name})"
            : "each gradient is finite, their norm is not";
    }

    private ForwardInput Input(TokenBatch batch, int micro)
    {
        var input = batch.Input;
        if (Options.RecomputesBlocks) input = input with { RecomputesBlocks = true };
        return Options.Dropout > 0 || Options.AttentionDropout > 0 ? input with { Dropout = new DropoutPlan(Options.Dropout, Options.Seed, Step, micro, Options.AttentionDropout) } : input;
    }

    /// <summary>Adds the gradients of a micro-batch; returns its share of the step's loss.</summary>
    private double Accumulate(TokenBatch batch, int micro, int labels)
    {
        if (batch.LabelCount == 0) return 0;
        _tape.Reset();
        var hidden = Network.Forward(_tape, Input(batch, micro));
        var result = Network.Loss(_tape, hidden, batch.Labels, labels);
        _tape.Backward(result.Loss);
        return result.Loss.DType == DType.Float64 ? result.Loss.Span<double>()[0] : result.Loss.Span<float>()[0];
    }
}
