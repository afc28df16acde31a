using Puna.Experiments.World;

namespace Puna.Experiments.Tests.World;

public sealed class StoryCorpusTests
{
    private static readonly Story Sample = new("Ama sat.", [new("who-did", "Who sat?", "Ama"), new("feeling", "What was the mood of Ama?", "sad")]);

    [Fact]
    public void A_document_is_the_story_and_where_wanted_its_interview()
    {
        StoryCorpus.Document(Sample, withInterview: false).ShouldBe("Ama sat.");
        StoryCorpus.Document(Sample, withInterview: true)
            .ShouldBe("Ama sat.\n[INST] Who sat? [/INST] Ama\n[INST] What was the mood of Ama? [/INST] sad");
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
            string[] interviews = [.. stories.Select(s => StoryCorpus.Document(s, withInterview: true))];
            documents.Zip(interviews).Count(d => d.First == d.Second).ShouldBeInRange(150, 250);
            documents.Zip(interviews).ShouldAllBe(d => d.First == d.Second || !d.First.Contains('\n'));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
