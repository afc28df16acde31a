using Puna.Experiments.World;
using Xunit.Abstractions;

namespace Puna.Experiments.Tests.World;

public sealed class StoryQuestionTests(ITestOutputHelper output)
{
    private static readonly Story[] Stories = [.. Enumerable.Range(0, 40_000).Select(i => new StoryWorld(3).Create(i))];
    private static readonly StoryQuestion[] Known = [.. Stories.Take(20_000).SelectMany(s => s.Questions)];
    private static readonly StoryQuestion[] Asked = [.. Stories.Skip(20_000).SelectMany(s => s.Questions)];

    [Fact]
    public void A_story_has_two_to_four_different_questions_of_many_kinds()
    {
        Stories.ShouldAllBe(s => s.Questions.Count >= 2 && s.Questions.Count <= 4);
        Stories.ShouldAllBe(s => s.Questions.Select(q => q.Question).Distinct().Count() == s.Questions.Count);
        Known.Select(q => q.Kind).Distinct().Count().ShouldBe(9);
    }

    [Fact]
    public void Answers_are_short_and_stand_in_the_story()
    {
        foreach (var story in Stories)
            foreach (var question in story.Questions)
            {
                question.Answer.Split(' ').Length.ShouldBeLessThanOrEqualTo(3);
                story.Text.ShouldContain(question.Answer, Case.Sensitive);
            }
    }

    [Fact]
    public void The_same_question_never_has_two_answers_in_one_story() =>
        Stories.ShouldAllBe(s => s.Questions.GroupBy(q => q.Question).All(g => g.Count() == 1));

    [Fact]
    public void Always_the_same_answer_is_seldom_right()
    {
        var rate = Known.GroupBy(q => q.Answer).Max(g => g.Count()) / (double)Known.Length;
        output.WriteLine($"most frequent answer of all: {rate:P1}");
        rate.ShouldBeLessThan(0.10);
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
            rate.ShouldBeLessThan(0.15, kind.Key);
            single.ShouldBeLessThan(0.15, kind.Key);
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
        stands.ShouldBeLessThan(0.15);
        same.ShouldBeLessThan(0.10);
    }
}
