namespace Puna.Experiments.Reports;

/// <summary>How well something predicts a text.</summary>
/// <param name="Loss">Mean loss in nats a token.</param>
/// <param name="Accuracy">Share of tokens whose most likely prediction is right.</param>
/// <param name="BitsPerByte">Loss in bits over the bytes of the text; null where not measured.</param>
public sealed record Score(double Loss, double Accuracy, double? BitsPerByte = null)
{
    /// <summary>The exponential of the loss.</summary>
    public double Perplexity => Math.Exp(Loss);
}

/// <summary>The scores of a model or a baseline, all on the same tokens.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Validation">On the validation part.</param>
/// <param name="Test">On the test part; null where there is none.</param>
public sealed record ScoredModel(string Name, Score Validation, Score? Test = null);
