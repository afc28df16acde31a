namespace Puna.Evaluation;

/// <summary>What the context-free and the one-token-context model reach where a language model is scored; one that does not beat the bigram has learnt little.</summary>
/// <param name="Unigram">Score of <see cref="UnigramModel"/>.</param>
/// <param name="Bigram">Score of <see cref="BigramModel"/>.</param>
/// <param name="Alpha">The bigram's smoothing, in tokens.</param>
public readonly record struct BaselineScores(TokenScore Unigram, TokenScore Bigram, double Alpha);
