namespace Puna.Training;

/// <summary>A document or a conversation as tokens, with the tokens that are to be learned.</summary>
/// <param name="Ids">Tokens, specials included.</param>
/// <param name="IsTarget">True where a token is to be predicted (the answer and its end); null for all but the first.</param>
public sealed record TrainingSample(int[] Ids, bool[]? IsTarget = null);
