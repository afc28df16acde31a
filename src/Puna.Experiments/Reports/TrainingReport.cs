using Puna.Experiments.Recipes;

namespace Puna.Experiments.Reports;

/// <summary>What a report on a training run is made of.</summary>
/// <param name="Recipe">The recipe as resolved.</param>
/// <param name="Curves">What the run's log says, step by step.</param>
/// <param name="Model">The trained model's scores.</param>
/// <param name="Unigram">The unigram baseline on the same tokens.</param>
/// <param name="Bigram">The bigram baseline on the same tokens.</param>
public sealed record TrainingReportData(Recipe Recipe, TrainingCurves Curves, ScoredModel Model, ScoredModel Unigram, ScoredModel Bigram)
{
    /// <summary>Text that the model wrote.</summary>
    public IReadOnlyList<ReportSample> Samples { get; init; } = [];

    /// <summary>Where and how it ran, as names and values: processor, tier, threads, precision.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment { get; init; } = [];

    /// <summary>The sources of the training data; null where there is nothing to say.</summary>
    public TableSection? Data { get; init; }

    /// <summary>Weights of the model.</summary>
    public long ParameterCount { get; init; }

    /// <summary>Training tokens a second over the run.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>Seconds of training.</summary>
    public double Seconds { get; init; }

    /// <summary>What the time went to; null for unknown.</summary>
    public TimeAccount? Account { get; init; }

    /// <summary>Where the model is, to be shown in the command that talks to it; null for nowhere.</summary>
    public string? ModelPath { get; init; }
}

/// <summary>The report on a training run, and its parts for reports that have more to say.</summary>
public static class TrainingReport
{
    /// <summary>The whole report.</summary>
    /// <param name="data">What to report.</param>
    public static HtmlReport Build(TrainingReportData data)
    {
        var sections = new List<ReportSection> { Cards(data) };
        if (BaselineNotice(data.Model, data.Bigram) is { } notice) sections.Add(notice);
        if (TimeAccount.Notice(data.Curves) is { } events) sections.Add(events);
        sections.Add(TrainingCharts.Loss(data.Curves, data.Unigram.Validation.Loss, data.Bigram.Validation.Loss));
        sections.Add(BaselineTable(data.Model, data.Unigram, data.Bigram));
        if (data.Data is not null) sections.Add(data.Data);
        if (data.Samples.Count > 0) sections.Add(new SamplesSection(data.Samples) { Heading = "Samples", Lead = "What the model wrote; coloured is what it was given." });
        sections.Add(TrainingCharts.Section(data.Curves));
        if (data.Account is { } account) sections.Add(account.Table);
        if (data.Environment.Count > 0) sections.Add(Environment(data.Environment));
        sections.Add(Settings(data.Recipe));
        return new HtmlReport(data.Recipe.Name, sections)
        {
            Subtitle = data.Recipe.Description.Length > 0 ? data.Recipe.Description : null,
            Footer = data.ModelPath is null ? null : $"Talk to it: puna chat --model {data.ModelPath}",
        };
    }

    /// <summary>The cards at the top.</summary>
    /// <param name="data">What to report.</param>
    public static CardsSection Cards(TrainingReportData data)
    {
        var validation = data.Model.Validation;
        var beatsBigram = validation.Loss < data.Bigram.Validation.Loss;
        var cards = new List<ReportCard>
        {
            new("Validation loss", Figures.Loss(validation.Loss), $"bigram {Figures.Loss(data.Bigram.Validation.Loss)}", beatsBigram ? ReportTone.Good : ReportTone.Bad),
            new("Perplexity", Figures.Perplexity(validation.Perplexity), $"bigram {Figures.Perplexity(data.Bigram.Validation.Perplexity)}"),
            new("Accuracy", Figures.Share(validation.Accuracy), $"bigram {Figures.Share(data.Bigram.Validation.Accuracy)}"),
        };
        if (data.Model.Test is { } test) cards.Add(new ReportCard("Test perplexity", Figures.Perplexity(test.Perplexity), $"loss {Figures.Loss(test.Loss)}"));
        if (data.ParameterCount > 0) cards.Add(new ReportCard("Parameters", Figures.Short(data.ParameterCount), $"{Figures.Count(data.ParameterCount)} weights"));
        if (data.Seconds > 0) cards.Add(new ReportCard("Training time", Figures.Duration(data.Seconds), data.TokensPerSecond > 0 ? $"{Figures.Short(data.TokensPerSecond)} tokens/s{Mfu(data.Curves)}" : null));
        if (data.Account is { } account) cards.Add(account.Card);
        return new CardsSection(cards);
    }

    /// <summary>The loud notice where a model is no better than counting pairs of tokens; null where it is better.</summary>
    /// <param name="model">The model's scores.</param>
    /// <param name="bigram">The bigram's scores on the same tokens.</param>
    public static NoticeSection? BaselineNotice(ScoredModel model, ScoredModel bigram) => model.Validation.Loss < bigram.Validation.Loss
        ? null
        : new NoticeSection(
            "This model does not beat the bigram.",
            $"Its validation loss is {Figures.Loss(model.Validation.Loss)}; counting which token follows which gets {Figures.Loss(bigram.Validation.Loss)} on the same tokens. "
            + "It has not learned to look further back than one token: train longer, or look for what is wrong.",
            ReportTone.Bad);

    /// <summary>The model beside its baselines.</summary>
    /// <param name="models">The model first, then what to compare it with.</param>
    public static TableSection BaselineTable(params ScoredModel[] models)
    {
        var hasTest = models.Any(model => model.Test is not null);
        var columns = new List<TableColumn> { new(""), new("Validation loss", true), new("Perplexity", true), new("Accuracy", true) };
        if (hasTest) columns.AddRange([new("Test loss", true), new("Perplexity", true), new("Accuracy", true)]);
        var rows = models.Select((model, index) => new TableRow([model.Name, .. Cells(model.Validation), .. hasTest ? Cells(model.Test) : []], IsStrong: index == 0));
        return new TableSection(columns, [.. rows], "Loss in nats a token; all rows are scored on exactly the same tokens.") { Heading = "Model and baselines" };
    }

    /// <summary>Where and how it ran.</summary>
    /// <param name="values">Names and values.</param>
    public static TableSection Environment(IReadOnlyList<(string Name, string Value)> values) =>
        new([new TableColumn(""), new TableColumn("")], [.. values.Select(pair => new TableRow([pair.Name, pair.Value]))]) { Heading = "Environment" };

    /// <summary>The recipe as resolved.</summary>
    /// <param name="recipe">The recipe.</param>
    public static CodeSection Settings(Recipe recipe) =>
        new(RecipeWriter.ToYaml(recipe), IsFolded: true) { Heading = "Settings", FoldLabel = "The recipe with every value written out" };

    /// <summary>What was usual, beside the speed.</summary>
    private static string Mfu(TrainingCurves curves) => curves.Utilization.Count > 0 ? $", MFU {Figures.Percent(curves.Utilization.Median())}" : "";

    private static string[] Cells(Score? score) => score is null
        ? ["–", "–", "–"]
        : [Figures.Loss(score.Loss), Figures.Perplexity(score.Perplexity), Figures.Share(score.Accuracy)];
}
