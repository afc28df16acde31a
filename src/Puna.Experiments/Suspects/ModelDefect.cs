namespace Puna.Experiments.Suspects;

/// <summary>
/// A deliberate mistake, each one that programs have made by accident, to see what its loss and accuracy look like. A window has tokens x₀ … x₍T₋₁₎; a sound
/// model predicts x₍t₊₁₎ from x₀ … xₜ.
/// </summary>
public enum ModelDefect
{
    /// <summary>None: the network as it should be.</summary>
    None,

    /// <summary>The network ends in a softmax, and the loss takes the softmax of that again.</summary>
    DoubleSoftmax,

    /// <summary>Targets not shifted: xₜ, which is the input, in place of x₍t₊₁₎.</summary>
    TargetsUnshifted,

    /// <summary>Targets shifted twice: x₍t₊₁₎ from x₀ … x₍t₋₁₎. The first position is given token 0.</summary>
    TargetsTwoAhead,

    /// <summary>No mask: every position sees the whole window, what it predicts included.</summary>
    MaskNone,

    /// <summary>The mask upside down: a position sees itself and what comes after, nothing before.</summary>
    MaskInverted,

    /// <summary>The mask leaves the diagonal only: a position sees itself.</summary>
    MaskSelf,

    /// <summary>No positions: every token is rotated as the first (a GPT-2: has the first position's vector).</summary>
    NoPositions,

    /// <summary>The input does not arrive: every token is token 0, so that the model knows its position and nothing else.</summary>
    InputLost,
}

/// <summary>When a <see cref="ModelDefect"/> is there.</summary>
public enum DefectScope
{
    /// <summary>In training and when the model is scored: the program is wrong throughout and does not notice.</summary>
    Always,

    /// <summary>In training alone: the wrongly trained model, rightly scored.</summary>
    Training,

    /// <summary>When the model is scored alone: the rightly trained model, wrongly scored.</summary>
    Scoring,
}
