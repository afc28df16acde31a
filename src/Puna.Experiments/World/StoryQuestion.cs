namespace Puna.Experiments.World;

/// <summary>A question about one story.</summary>
/// <param name="Kind">What is asked: "who-did", "who-has", "who-was-given", "what-brought", "colour", "feeling" or "feeling-cause".</param>
/// <param name="Question">The question, one line.</param>
/// <param name="Answer">The only right answer: one to three words, each of which stands in the story.</param>
public sealed record StoryQuestion(string Kind, string Question, string Answer);
