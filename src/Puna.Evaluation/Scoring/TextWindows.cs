using Puna.Inference;
using Puna.Text;

namespace Puna.Evaluation;

/// <summary>What all tasks over windows of a text have in common.</summary>
internal static class TextWindows
{
    /// <summary>The id with which a text begins, as the model was trained; null for none.</summary>
    public static int? BeginOf(InferenceEngine engine, Tokenizer tokenizer) => tokenizer.AddsBos && engine.Config.BosTokenId is not null ? tokenizer.BosId : null;

    /// <summary>A window that was asked for, or the usual one.</summary>
    /// <exception cref="InvalidDataException">The model has not so many positions.</exception>
    public static int Checked(int asked, int usual, int positions)
    {
        if (asked == 0) return Math.Min(usual, positions);
        if (asked < 1 || asked > positions) throw new InvalidDataException($"--context-length {asked}: this model has 1 to {positions} positions");
        return asked;
    }
}
