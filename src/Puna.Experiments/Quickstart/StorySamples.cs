using Puna.Experiments.World;
using Puna.Inference;

namespace Puna.Experiments.Quickstart;

/// <summary>A story that the model told.</summary>
/// <param name="Text">The story.</param>
/// <param name="Verdict">Whether it obeys the world's rules.</param>
/// <param name="IsNovel">Whether it does not occur in training.</param>
public sealed record SampledStory(string Text, StoryVerdict Verdict, bool IsNovel);

/// <summary>Stories sampled from the pretrained model, judged.</summary>
/// <param name="Stories">In the order told.</param>
public sealed record StorySamples(IReadOnlyList<SampledStory> Stories)
{
    /// <summary>Share that obeys the world's rules.</summary>
    public double Consistent => Stories.Count(story => story.Verdict.Consistent) / (double)Stories.Count;

    /// <summary>Share that does not occur in training.</summary>
    public double Novel => Stories.Count(story => story.IsNovel) / (double)Stories.Count;

    /// <summary>Tells stories from nothing but the begin symbol.</summary>
    /// <param name="generator">Of the pretrained model.</param>
    /// <param name="training">Every training story.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="progress">Hears the share done.</param>
    /// <param name="cancellation">Stops between stories.</param>
    public static StorySamples Tell(TextGenerator generator, IReadOnlySet<string> training, long seed, Action<double> progress, CancellationToken cancellation)
    {
        var stories = new List<SampledStory>();
        for (var i = 0; i < QuickstartPlan.SampledStories; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var sampling = new SamplingOptions { Temperature = QuickstartPlan.SampleTemperature, Seed = (seed * 1000) + i };
            var text = generator.Complete(generator.Encode(""), sampling, new GenerationOptions { MaxOutputTokens = QuickstartPlan.LongestStory, StopSequences = ["\n"] }).Trim();
            stories.Add(new SampledStory(text, StoryChecker.Check(text), !training.Contains(text)));
            progress((i + 1) / (double)QuickstartPlan.SampledStories);
        }
        return new StorySamples(stories);
    }
}
