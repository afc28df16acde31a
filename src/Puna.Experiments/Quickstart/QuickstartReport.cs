using Puna.Evaluation;
using Puna.Experiments.Pretraining;
using Puna.Experiments.Recipes;
using Puna.Experiments.Reports;
using Puna.Experiments.Runs;
using Puna.Models;
using Puna.Tensors;

namespace Puna.Experiments.Quickstart;

/// <summary>The page that quickstart leaves behind.</summary>
internal static class QuickstartReport
{
    private const int ShownQuestions = 12;

    public static void Write(Recipe recipe, RunFolder run, IModelConfig config, Device device, Precision precision, QuickstartResult result, TokenScore score, BaselineScores baselines, RunMetrics metrics)
    {
        var (exam, samples) = (result.Exam!, result.Samples!);
        var pretrain = metrics.Curves("pretrain");
        var model = new ScoredModel("Llama", new Score(score.Loss, score.Accuracy));
        var (unigram, bigram) = (PretrainReport.Baseline("Unigram", baselines.Unigram, null), PretrainReport.Baseline("Bigram", baselines.Bigram, null));
        var sections = new List<ReportSection> { Cards(config, result) };
        if (TrainingReport.BaselineNotice(model, bigram) is { } notice) sections.Add(notice);
        sections.Add(Samples(samples));
        sections.Add(Measures(exam));
        sections.Add(Questions(exam));
        sections.Add(Files(result));
        sections.Add(TrainingCharts.Loss(pretrain, baselines.Unigram.Loss, baselines.Bigram.Loss));
        sections.Add(TrainingCharts.Loss(metrics.Curves("finetune"), null, null) with { Heading = "Fine-tuning loss, answers only" });
        sections.Add(TrainingReport.BaselineTable(model, unigram, bigram));
        sections.Add(TrainingCharts.Section(pretrain));
        sections.Add(TrainingReport.Environment([.. PretrainReport.Environment(device, precision), .. metrics.Environment]));
        sections.Add(TrainingReport.Settings(recipe));
        new HtmlReport("Quickstart", sections)
        {
            Subtitle = "A Llama that learned, from nothing, to tell stories of a small world and to answer questions about them",
            Footer = $"Talk to it: puna chat --model {run.ModelPath}",
        }.Save(run.ReportPath);
    }

    private static CardsSection Cards(IModelConfig config, QuickstartResult result) => new(
    [
        new ReportCard("Questions answered", Figures.Share(result.Exam!.Accuracy), $"{Figures.Count(result.Exam.Answers.Count)} about held-out stories", result.Exam.Accuracy >= 0.9 ? ReportTone.Good : ReportTone.Warning),
        new ReportCard("Stories consistent", Figures.Share(result.Samples!.Consistent), $"of {result.Samples.Stories.Count} sampled", result.Samples.Consistent >= 0.8 ? ReportTone.Good : ReportTone.Warning),
        new ReportCard("Stories new", Figures.Share(result.Samples.Novel), "do not occur in training"),
        new ReportCard("Held-out loss", Figures.Loss(result.ValidationLoss), $"bigram {Figures.Loss(result.BigramLoss)}", result.ValidationLoss < result.BigramLoss ? ReportTone.Good : ReportTone.Bad),
        new ReportCard("Parameters", Figures.Short(config.ParameterCount), $"{Figures.Count(config.ParameterCount)} weights"),
        new ReportCard("Time", Figures.Duration(result.Seconds), $"{Figures.Short(result.TokensPerSecond)} tokens/s"),
    ]);

    /// <summary>The first stories with the checker's verdict.</summary>
    public static IReadOnlyList<ReportSample> Shown(StorySamples samples) =>
        [.. samples.Stories.Take(QuickstartPlan.ShownStories).Select(story => new ReportSample("", story.Text,
            (story.Verdict.Consistent ? "obeys the world's rules" : story.Verdict.Reason) + (story.IsNovel ? "; new" : "; occurs in training"), story.Verdict.Consistent ? ReportTone.Good : ReportTone.Warning))];

    private static SamplesSection Samples(StorySamples samples) => new(Shown(samples))
    { Heading = "Stories", Lead = $"The first {QuickstartPlan.ShownStories} of {samples.Stories.Count} that the pretrained model told from nothing, with the checker's verdict." };

    private static TableSection Measures(QuestionExam exam) => new([new TableColumn("What the model was given"), new TableColumn("Exact", true)],
        [
            new TableRow(["the story and the question", Figures.Share(exam.Accuracy)], IsStrong: true),
            new TableRow(["the question alone", Figures.Share(exam.WithoutStory)]),
            new TableRow(["the question and another story", Figures.Share(exam.OtherStory)]),
            new TableRow(["nothing: always the most frequent answer", Figures.Share(exam.MostFrequent)]),
        ], $"{Figures.Count(exam.Answers.Count)} questions about stories that never occur in training; all of them are in heldout.jsonl.")
    { Heading = "Questions" };

    private static TableSection Files(QuickstartResult result) => new([new TableColumn("Every matrix in"), new TableColumn("Bytes", true), new TableColumn("Held-out perplexity", true)],
        [
            new TableRow(["F32, as trained", Figures.Count(new DirectoryInfo(result.BaseModelPath).EnumerateFiles("*.safetensors").Sum(file => file.Length)), Figures.Perplexity(Math.Exp(result.ValidationLoss))], IsStrong: true),
            .. result.Files.Select(file => new TableRow([file.Type, Figures.Count(file.Bytes), Figures.Perplexity(file.Perplexity)])),
        ], "The pretrained model as GGUF files, each read back and scored again; llama.cpp and its relatives read them.")
    { Heading = "Smaller files" };

    private static TableSection Questions(QuestionExam exam) => new([new TableColumn("Story"), new TableColumn("Question"), new TableColumn("Answer"), new TableColumn("Model")],
        [.. exam.Answers.Where(answer => !answer.IsRight).Take(ShownQuestions / 3).Concat(exam.Answers.Where(answer => answer.IsRight).Take(ShownQuestions)).Take(ShownQuestions)
            .Select(answer => new TableRow([answer.Story, answer.Question.Question, answer.Question.Answer, answer.Prediction], answer.IsRight ? ReportTone.Good : ReportTone.Bad))],
        "Wrong answers first, where there are any.");
}
