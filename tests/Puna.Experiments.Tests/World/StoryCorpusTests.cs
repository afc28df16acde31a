using Puna.Experiments.World;

namespace Puna.Experiments.Tests.World;

public sealed class StoryCorpusTests
{
    private static readonly Story Sample = new("Ama sat.", [new("who-did", "Who sat?", "Ama"), new("feeling", "How did Ama feel?", "sad")]);

    [Fact]
    public void A_document_is_the_story_and_where_wanted_its_interview()
    {
        StoryCorpus.Document(Sample, withInterview: false).ShouldBe("Ama sat.");
        StoryCorpus.Document(Sample, withInterview: true)
            .ShouldBe("Ama sat.\nQuestion: Who sat? Answer: Ama\nQuestion: How did Ama feel? Answer: sad");
    }

    [Fact]
    public void An_instruction_is_the_story_and_the_question() =>
        StoryCorpus.Instruction(Sample, Sample.Questions[0]).ShouldBe("Ama sat.\nWho sat?");

    [Fact]
    public void A_corpus_separates_documents_by_a_blank_line()
    {
        var path = Path.Combine(Path.GetTempPath(), $"puna-corpus-{Guid.NewGuid():N}.txt");
        try
        {
            Story[] stories = [.. new StoryWorld(1).Training(400)];
            StoryCorpus.Write(path, stories, interviewShare: 0.5);
            var text = File.ReadAllText(path);
            text.ShouldEndWith("\n");
            var documents = text.TrimEnd('\n').Split("\n\n");
            documents.Select(d => d.Split('\n')[0]).ShouldBe(stories.Select(s => s.Text));
            documents.Count(d => d.Contains("\nQuestion: ")).ShouldBeInRange(150, 250);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
