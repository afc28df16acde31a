namespace Puna.Experiments.World;

/// <summary>A story of the built-in world.</summary>
/// <param name="Text">One paragraph on one line.</param>
/// <param name="Questions">Four to six different questions that only a reader of this story can answer, in random order.</param>
public sealed record Story(string Text, IReadOnlyList<StoryQuestion> Questions);
