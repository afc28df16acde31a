using System.Text;
using Puna.Tensors;

namespace Puna.Experiments.World;

/// <summary>Stories as text for training: documents for pretraining, and the user's message for a chat about a story.</summary>
public static class StoryCorpus
{
    /// <summary>Writes a corpus: documents separated by a blank line, each ending with a newline.</summary>
    /// <param name="path">The file to write; an existing one is replaced.</param>
    /// <param name="stories">The stories, one document each.</param>
    /// <param name="interviewShare">The share of the documents that also carry the questions with their answers.</param>
    /// <param name="seed">Chooses which documents these are.</param>
    public static void Write(string path, IEnumerable<Story> stories, double interviewShare = 0.5, ulong seed = 0)
    {
        var random = new CounterRandom(seed);
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        var first = true;
        foreach (var story in stories)
        {
            if (!first) writer.WriteLine();
            first = false;
            writer.WriteLine(Document(story, random.NextDouble() < interviewShare));
        }
    }

    /// <summary>One document: the story and, where wanted, a line for each of its questions, set as a chat sets it: "[INST] question [/INST] answer".</summary>
    /// <param name="story">The story.</param>
    /// <param name="withInterview">Whether the questions and answers follow.</param>
    public static string Document(Story story, bool withInterview) => withInterview
        ? string.Join('\n', [story.Text, .. story.Questions.Select(q => $"[INST] {q.Question} [/INST] {q.Answer}")])
        : story.Text;

    /// <summary>What the user says in a chat: the story, and on the next line the question.</summary>
    /// <param name="story">The story the question is about.</param>
    /// <param name="question">The question.</param>
    public static string Instruction(Story story, StoryQuestion question) => $"{story.Text}\n{question.Question}";
}
