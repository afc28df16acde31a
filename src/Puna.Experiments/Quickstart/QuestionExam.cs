using System.Text;
using System.Text.Json;
using Puna.Experiments.World;
using Puna.Inference;

namespace Puna.Experiments.Quickstart;

/// <summary>One held-out question and what the model said.</summary>
/// <param name="Story">The story asked about.</param>
/// <param name="Question">The question.</param>
/// <param name="Prompt">The message the model was given.</param>
/// <param name="Prediction">Its answer.</param>
/// <param name="WithoutStory">Its answer to the question alone.</param>
/// <param name="OtherStory">Its answer to the question about another story.</param>
public sealed record ExamAnswer(string Story, StoryQuestion Question, string Prompt, string Prediction, string WithoutStory, string OtherStory)
{
    /// <summary>Whether the prediction is the answer, letter by letter.</summary>
    public bool IsRight => Prediction == Question.Answer;
}

/// <summary>
/// Every question about held-out stories, put to the fine-tuned model with the story, without it and with another one. Answers are
/// greedy and count only if they are exact.
/// </summary>
/// <param name="Answers">In the order asked.</param>
public sealed record QuestionExam(IReadOnlyList<ExamAnswer> Answers)
{
    /// <summary>Share answered right.</summary>
    public double Accuracy => Share(answer => answer.IsRight);

    /// <summary>Share that the most frequent answer of all would get right.</summary>
    public double MostFrequent => Answers.GroupBy(answer => answer.Question.Answer).Max(group => group.Count()) / (double)Answers.Count;

    /// <summary>Share answered right without the story.</summary>
    public double WithoutStory => Share(answer => answer.WithoutStory == answer.Question.Answer);

    /// <summary>Share answered as if by the right story when another was given.</summary>
    public double OtherStory => Share(answer => answer.OtherStory == answer.Question.Answer);

    /// <summary>Asks everything.</summary>
    /// <param name="generator">Of the fine-tuned model.</param>
    /// <param name="stories">Held-out stories, at least two.</param>
    /// <param name="progress">Hears the share done.</param>
    /// <param name="cancellation">Stops between questions.</param>
    public static QuestionExam Take(TextGenerator generator, IReadOnlyList<Story> stories, Action<double> progress, CancellationToken cancellation)
    {
        var answers = new List<ExamAnswer>();
        for (var i = 0; i < stories.Count; i++)
        {
            foreach (var question in stories[i].Questions)
            {
                cancellation.ThrowIfCancellationRequested();
                var prompt = StoryCorpus.Instruction(stories[i], question);
                answers.Add(new ExamAnswer(stories[i].Text, question, prompt, Ask(generator, prompt), Ask(generator, question.Question),
                    Ask(generator, StoryCorpus.Instruction(stories[(i + 1) % stories.Count], question))));
            }
            progress((i + 1) / (double)stories.Count);
        }
        return new QuestionExam(answers);
    }

    /// <summary>Writes every question as a line of JSON: prompt, story, question, answer, prediction.</summary>
    public void Save(string path) => Puna.Text.AtomicFile.Write(path, stream =>
    {
        foreach (var answer in Answers)
        {
            using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                json.WriteStartObject();
                json.WriteString("prompt", answer.Prompt);
                json.WriteString("story", answer.Story);
                json.WriteString("question", answer.Question.Question);
                json.WriteString("answer", answer.Question.Answer);
                json.WriteString("prediction", answer.Prediction);
                json.WriteEndObject();
            }
            stream.Write(Encoding.UTF8.GetBytes("\n"));
        }
    });

    /// <summary>Each question starts from nothing, so that generate repeats the answer bit for bit.</summary>
    private static string Ask(TextGenerator generator, string message)
    {
        generator.Generator.Forget();
        var request = PromptRequest.Make(generator, message, PromptStyle.Chat);
        return string.Concat(request.Stream(generator, SamplingOptions.Greedy, new GenerationOptions { MaxOutputTokens = QuickstartPlan.LongestAnswer }));
    }

    private double Share(Func<ExamAnswer, bool> right) => Answers.Count(right) / (double)Answers.Count;
}
