namespace Puna.Experiments.World;

/// <summary>Whether a story obeys the rules of its world.</summary>
/// <param name="Consistent">True when every rule is kept.</param>
/// <param name="Reason">The sentence and the rule it breaks; null when the story is consistent.</param>
public readonly record struct StoryVerdict(bool Consistent, string? Reason);
