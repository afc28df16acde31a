namespace Puna.Inference;

/// <summary>A continuation that may still grow.</summary>
/// <param name="Ids">Its tokens.</param>
/// <param name="LogProbability">Σ ln p of them.</param>
/// <param name="Parent">Number of the beam it grew from, in its group's list of before.</param>
internal sealed record Beam(int[] Ids, double LogProbability, int Parent);
