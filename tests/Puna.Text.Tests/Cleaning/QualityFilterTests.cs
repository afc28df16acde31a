using Puna.Tests;

namespace Puna.Text.Tests;

public class QualityFilterTests
{
    private const string Good = "The council met on Tuesday to talk about the old bridge, and most of the people who live near it came with questions. "
        + "An engineer said that the stone piers have to be repaired before the winter, because the river had washed out the sand below two of them. "
        + "Nobody wanted to close the road, so they agreed to work at night and to keep one lane open for buses and bicycles during the day.";

    public static TheoryData<string, string, string?> Cases => new()
    {
        { "gopher-quality", Good, null },
        { "gopher-quality", "too short to be of use", "word_count" },
        { "gopher-quality", Words("a", 60), "mean_word_length" },
        { "gopher-quality", Words("extraordinarily", 60), "mean_word_length" },
        { "gopher-quality", Words("# the tags with", 60), "symbol_to_word_ratio" },
        { "gopher-quality", Words("and so the story... went", 60), "symbol_to_word_ratio" },
        { "gopher-quality", string.Join('\n', Enumerable.Repeat("- the point of that", 20)), "bullet_lines" },
        { "gopher-quality", string.Join('\n', Enumerable.Repeat("read more of the story that we have written with much care for readers...", 10)), "ellipsis_lines" },
        { "gopher-quality", Words("the 1234 5678 and 910", 60), "alphabetic_words" },
        { "gopher-quality", Words("haus hund katze baum", 60), "stop_words" },
        { "gopher-repetition", Good, null },
        { "gopher-repetition", "one line\nanother line\none line\none line\nlast line is it", "duplicate_lines" },
        { "gopher-repetition", "a\nb\nc\nd\ne\nf\nthis is a rather long line of text\nthis is a rather long line of text", "duplicate_line_characters" },
        { "gopher-repetition", Words("buy now", 40) + " " + Good, "top_2_gram" },
        { "gopher-repetition", Good + " " + Good, "duplicate_5_grams" },
        { "c4", Good, null },
        { "c4", Good + " Lorem Ipsum dolor.", "lorem_ipsum" },
        { "c4", Good + " function() { return 1; }", "curly_bracket" },
        { "c4", "A headline\nJust one sentence that is long enough.", "too_few_sentences" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Each_rule_speaks_against_what_it_is_for(string filter, string text, string? reason)
    {
        var found = QualityFilter.Find(filter)!;
        found.Reject(ref text).ShouldBe(reason);
        if (reason is not null) found.Reasons.ShouldContain(reason);
    }

    [Fact]
    public void C4_drops_lines_and_citation_marks()
    {
        var text = "Home | About | Contact\n" + Good.Replace(". An", ".[12] An") + "\nPlease enable JavaScript to view all of this page.\nRead our privacy policy before you go on here.\nfour words in it.\nThis line ends in an ellipsis...";
        new C4Filter().Reject(ref text).ShouldBeNull();
        text.ShouldBe(Good);
    }

    [SkippableFact]
    public void Plain_prose_survives_and_reasons_are_all_named()
    {
        var documents = DocumentReader.Read(SharedData.Shared("data/corpora/c4_demo.jsonl")).ToArray(); // from C4 itself
        foreach (var filter in QualityFilter.All)
        {
            var kept = 0;
            foreach (var document in documents)
            {
                var text = document;
                if (filter.Reject(ref text) is { } reason) filter.Reasons.ShouldContain(reason);
                else kept++;
            }
            kept.ShouldBeGreaterThan(documents.Length / 2, filter.Name);
        }
        QualityFilter.Find("none").ShouldBeNull();
    }

    private static string Words(string words, int count) => string.Join(' ', Enumerable.Repeat(words, count));
}
