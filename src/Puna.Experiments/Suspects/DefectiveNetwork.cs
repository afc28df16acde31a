using Puna.Models;
using Puna.Tensors;

namespace Puna.Experiments.Suspects;

/// <summary>
/// A sound network behind one <see cref="ModelDefect"/>: its inputs, mask, positions, targets or output are changed on the way. Weights and configuration
/// are the sound network's, so what is saved is a model that others can load, without the mistake. Generation with a cache feeds one token at a time; there
/// the defects of the mask and of what a whole window is have no effect.
/// </summary>
/// <param name="sound">The network.</param>
/// <param name="defect">What is wrong.</param>
/// <param name="scope">When.</param>
public sealed class DefectiveNetwork(LanguageNetwork sound, ModelDefect defect, DefectScope scope) : LanguageNetwork
{
    private ForwardInput? _input;

    /// <inheritdoc/>
    public override IModelConfig Config => sound.Config;

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => sound.Parameters;

    /// <inheritdoc/>
    public override Tensor Output => sound.Output;

    /// <inheritdoc/>
    public override void Initialize(ulong seed) => sound.Initialize(seed);

    /// <inheritdoc/>
    public override Tensor Forward(Tape tape, ForwardInput input)
    {
        _input = input;
        return sound.Forward(tape, IsActive(tape) ? Changed(tape, input) : input);
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tape tape, Tensor hidden)
    {
        var logits = sound.Logits(tape, hidden);
        return defect == ModelDefect.DoubleSoftmax && IsActive(tape) ? Softmax.Apply(tape, logits) : logits;
    }

    /// <inheritdoc/>
    public override CrossEntropyResult Loss(Tape tape, Tensor hidden, Tensor labels, double normalizer = 0)
    {
        if (!IsActive(tape)) return sound.Loss(tape, hidden, labels, normalizer);
        return defect switch
        {
            ModelDefect.DoubleSoftmax => CrossEntropy.Apply(tape, Logits(tape, hidden), labels, normalizer),
            ModelDefect.TargetsUnshifted => sound.Loss(tape, hidden, Unshifted(tape, labels), normalizer),
            ModelDefect.MaskInverted => sound.Loss(tape, hidden, Reversed(tape, labels), normalizer),
            _ => sound.Loss(tape, hidden, labels, normalizer),
        };
    }

    /// <summary>Only training records.</summary>
    private bool IsActive(Tape tape) => scope == DefectScope.Always || tape.Recording == (scope == DefectScope.Training);

    private ForwardInput Changed(Tape tape, ForwardInput input) => defect switch
    {
        ModelDefect.MaskNone => input with { IsCausal = false },
        ModelDefect.NoPositions => input with { Positions = Filled(tape, input.Positions, _ => 0) },
        ModelDefect.InputLost => input with { Ids = Filled(tape, input.Ids, _ => 0) },
        _ when input.Cache is not null => input,
        ModelDefect.TargetsTwoAhead => input with { Ids = Delayed(tape, input) },
        ModelDefect.MaskSelf => input with { Documents = Filled(tape, input.Ids, i => i) },
        // a causal mask over rows that run backwards, each token keeping its position
        ModelDefect.MaskInverted => input with { Ids = Reversed(tape, input.Ids), Positions = Reversed(tape, input.Positions), Documents = input.Documents is { } documents ? Reversed(tape, documents) : null },
        _ => input,
    };

    private Tensor Unshifted(Tape tape, Tensor labels)
    {
        var (ids, old) = (_input!.Ids, labels);
        return Filled(tape, labels, i => old.Span<int>()[i] == LogProb.Ignore ? LogProb.Ignore : ids.Span<int>()[i]);
    }

    private static Tensor Delayed(Tape tape, ForwardInput input)
    {
        var length = (int)(input.Ids.Count / input.Batch);
        return Filled(tape, input.Ids, i => i % length == 0 ? 0 : input.Ids.Span<int>()[i - 1]);
    }

    private Tensor Reversed(Tape tape, Tensor values)
    {
        var length = (int)(values.Count / _input!.Batch);
        return Filled(tape, values, i => values.Span<int>()[(i / length * length) + length - 1 - (i % length)]);
    }

    private static Tensor Filled(Tape tape, Tensor like, Func<int, int> value)
    {
        var filled = tape.Arena.Allocate(DType.Int32, like.Shape);
        for (var i = 0; i < filled.Count; i++) filled.Span<int>()[i] = value(i);
        return filled;
    }
}
