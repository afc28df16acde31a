using System.Numerics;
using System.Runtime.InteropServices;

namespace Puna.Inference;

/// <summary>What an engine computed is looked at before anybody samples from it.</summary>
internal static class FiniteOutput
{
    /// <summary>Says where the first number is that is none.</summary>
    /// <param name="row">Logits or a hidden state.</param>
    /// <param name="position">Tokens of the sequence up to the row's own.</param>
    /// <param name="isHidden">Whether it is a hidden state.</param>
    /// <exception cref="InvalidDataException">One is NaN or infinite.</exception>
    public static void Require(ReadOnlySpan<float> row, int position, bool isHidden)
    {
        if (AreFinite(row)) return;
        for (var i = 0; i < row.Length; i++)
        {
            if (!float.IsFinite(row[i]))
                throw new InvalidDataException($"the model computed {row[i]} for {(isHidden ? "number" : "the logit of token")} {i} after {position} tokens, and nothing can be made of that; its weights are damaged or too large for this precision (puna inspect shows them)");
        }
    }

    /// <summary>x − x is 0 for finite numbers only.</summary>
    private static bool AreFinite(ReadOnlySpan<float> row)
    {
        var sum = Vector<float>.Zero;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(row);
        foreach (var v in vectors) sum += v - v;
        if (!Vector.EqualsAll(sum, Vector<float>.Zero)) return false;
        foreach (var x in row[(vectors.Length * Vector<float>.Count)..])
            if (!float.IsFinite(x)) return false;
        return true;
    }
}
