using Puna.Experiments.World;
using Xunit.Abstractions;

namespace Puna.Experiments.Tests.World;

public sealed class StoryQuestionTests(ITestOutputHelper output)
{
    private static readonly Story[] Stories = [.. Enumerable.Range(0, 40_000).Select(i => new StoryWorld(3).Create(i))];
    private static readonly StoryQuestion[] Known = [.. Stories.Take(20_000).SelectMany(s => s.Questions)];
    private static readonly StoryQuestion[] Asked = [.. Stories.Skip(20_000).SelectMany(s => s.Questions)];

    [Fact]
    public void A_story_has_four_to_six_different_questions_of_seven_kinds()
    {
        Stories.ShouldAllBe(s => s.Questions.Count >= 4 && s.Questions.Count <= 6);
        Stories.ShouldAllBe(s => s.Questions.Select(q => q.Question).Distinct().Count() == s.Questions.Count);
        Known.Select(q => q.Kind).Distinct().Order()
            .ShouldBe(["colour", "feeling", "feeling-cause", "what-brought", "who-did", "who-has", "who-was-given"]);
    }

    [Fact]
    public void Answers_are_short_and_stand_in_the_story()
    {
        foreach (var story in Stories)
        {
            string[] words = [.. story.Text.Split(' ', '.', ',')];
            foreach (var question in story.Questions)
            {
                var answer = question.Answer.Split(' ');
                answer.Length.ShouldBeLessThanOrEqualTo(3);
                answer.Except(words).ShouldBeEmpty(question.Answer);
                // "the kite" may stand there as "the red kite" only.
                if (question.Kind != "feeling-cause") story.Text.ShouldContain(question.Answer, Case.Sensitive);
            }
        }
    }

    [Fact]
    public void Every_question_names_somebody_or_something_of_its_story_and_none_asks_for_a_place()
    {
        foreach (var story in Stories)
        {
            string[] words = [.. story.Text.Split(' ', '.', ',')];
            foreach (var question in story.Questions)
            {
                question.Question.ShouldEndWith("?");
                question.Question.TrimEnd('?').Split(' ')
                    .Count(word => (StoryWords.People.Contains(word) || StoryWords.Things.Contains(word)) && words.Contains(word))
                    .ShouldBe(1, question.Question);
                StoryWords.Places.ShouldNotContain(question.Answer);
            }
        }
    }

    [Fact]
    public void Always_the_same_answer_is_seldom_right()
    {
        var rate = Known.GroupBy(q => q.Answer).Max(g => g.Count()) / (double)Known.Length;
        output.WriteLine($"most frequent answer of all: {rate:P1}");
        rate.ShouldBeLessThanOrEqualTo(0.10);
    }

    [Fact]
    public void The_question_alone_does_not_tell_its_answer()
    {
        var best = Known.GroupBy(q => q.Question).ToDictionary(g => g.Key, g => g.GroupBy(q => q.Answer).MaxBy(a => a.Count())!.Key);
        foreach (var kind in Asked.GroupBy(q => q.Kind).OrderBy(k => k.Key))
        {
            var rate = kind.Average(q => best.TryGetValue(q.Question, out var answer) && answer == q.Answer ? 1.0 : 0.0);
            var single = kind.GroupBy(q => q.Answer).Max(g => g.Count()) / (double)kind.Count();
            output.WriteLine($"{kind.Key}: {kind.Count()} asked, from the question alone {rate:P1}, most frequent {single:P1}");
            rate.ShouldBeLessThanOrEqualTo(0.15, kind.Key);
            single.ShouldBeLessThanOrEqualTo(0.15, kind.Key);
        }
    }

    [Fact]
    public void Another_story_seldom_holds_the_answer()
    {
        var pairs = Stories.Zip(Stories.Skip(1)).ToArray();
        var stands = pairs.SelectMany(p => p.First.Questions, (p, q) => p.Second.Text.Contains(q.Answer) ? 1.0 : 0.0).Average();
        var same = pairs
            .SelectMany(p => p.First.Questions.Join(p.Second.Questions, q => q.Kind, o => o.Kind, (q, o) => q.Answer == o.Answer ? 1.0 : 0.0))
            .Average();
        output.WriteLine($"the next story contains the answer: {stands:P1}; gives it to the same kind of question: {same:P1}");
        stands.ShouldBeLessThanOrEqualTo(0.15);
        same.ShouldBeLessThanOrEqualTo(0.10);
    }
}
