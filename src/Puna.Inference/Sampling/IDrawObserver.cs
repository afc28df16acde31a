namespace Puna.Inference;

/// <summary>A step that learns from what was drawn. Its chain tells it of every token that it accepts, drawn or taken from a draft, and of no other.</summary>
public interface IDrawObserver
{
    /// <summary>A token was taken.</summary>
    /// <param name="token">With the probability that it had after all steps. The history does not have it yet.</param>
    void Drawn(in Candidate token);
}
